"""How the parts are put together: settings, addresses, Celery, and what starts and stops them."""
