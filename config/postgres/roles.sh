#!/bin/sh
# Run once by the database's image, on an empty volume: the owner migrates, the application reads and writes rows.
set -eu
psql --set=ON_ERROR_STOP=1 --set=owner="$OWNER_PASSWORD" --set=app="$APP_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE waypoint_owner LOGIN PASSWORD :'owner';
CREATE ROLE waypoint_app LOGIN PASSWORD :'app';
CREATE DATABASE waypoint OWNER waypoint_owner;
SQL
