"""Names, departments and titles of people who do not exist."""

GIVEN = (
    "Aaliyah", "Abena", "Adaeze", "Ada", "Agnieszka", "Aisha", "Alan", "Amara", "Amir", "Ana", "Anika", "Arjun",
    "Beatriz", "Ben", "Bronwen", "Callum", "Carys", "Chidi", "Chloe", "Daniel", "Deepa", "Dewi", "Diego", "Dylan",
    "Efua", "Eilidh", "Elena", "Emeka", "Emily", "Farah", "Fatima", "Fergus", "Gareth", "Grace", "Hannah", "Haruto",
    "Hassan", "Ifeoma", "Imran", "Isla", "Jack", "Jasmine", "Joanna", "Kamal", "Karolina", "Katherine", "Kofi",
    "Krystyna", "Layla", "Liam", "Lin", "Lucia", "Maeve", "Manpreet", "Marcus", "Maria", "Mehmet", "Mei", "Mohammed",
    "Nadia", "Naomi", "Ngozi", "Niamh", "Noor", "Oliver", "Olu", "Oscar", "Padraig", "Parisa", "Priya", "Rajesh",
    "Rhys", "Rosa", "Ruth", "Saffron", "Samuel", "Sanjay", "Seren", "Shanice", "Siobhan", "Sofia", "Stefan", "Sunita",
    "Tariq", "Temi", "Theo", "Thuy", "Tomasz", "Ursula", "Valentina", "Wei", "Winston", "Yasmin", "Yusuf", "Zainab",
    "Zofia",
)  # fmt: skip
FAMILY = (
    "Abbott", "Achterberg", "Adeyemi", "Ahmed", "Akhtar", "Ali", "Anderson", "Asante", "Ashworth", "Bailey", "Banerji",
    "Barker", "Begum", "Bello", "Bevan", "Bhatt", "Boateng", "Brennan", "Campbell", "Carvalho", "Chan", "Chaudhry",
    "Chen", "Clarke", "Costa", "Davies", "Delacroix", "Desai", "Diallo", "Dobson", "Eze", "Evans", "Farouk",
    "Finch", "Fraser", "Gallagher", "Garcia", "Ghosh", "Goldberg", "Green", "Griffiths", "Haddad", "Hall", "Harris",
    "Hassan", "Hughes", "Hussain", "Ibrahim", "Iqbal", "Jackson", "Jones", "Kamara", "Kaur", "Kelly", "Khan", "Kim",
    "Kovacs", "Kowalska", "Lewis", "Li", "Lopes", "MacDonald", "Malik", "Marsh", "McCarthy", "Mensah", "Mitchell",
    "Morgan", "Murphy", "Mwangi", "Nair", "Nguyen", "Nowak", "O'Brien", "Okafor", "Osei", "Owusu", "Papadopoulos",
    "Patel", "Pereira", "Petrov", "Phillips", "Popescu", "Price", "Quinn", "Rahman", "Rao", "Reid", "Roberts", "Rossi",
    "Santos", "Schmidt", "Shah", "Sharma", "Singh", "Smith", "Stewart", "Suleiman", "Szabo", "Takahashi", "Taylor",
    "Thomas", "Tran", "Turner", "Uddin", "Walker", "Wang", "Williams", "Wilson", "Wright", "Yilmaz", "Zhang",
)  # fmt: skip

ORGANISATION = "Harbourlight Group"
DOMAIN = "demo.example"

# Each department: its name, how its people answer "what is your role" (staff), and its titles from the top down.
# Directors and heads share the first two; team leaders the third; everybody else one of the rest.
DEPARTMENTS = (
    (
        "Operations",
        "operations",
        ("Operations Director", "Head of Operations", "Senior Delivery Lead"),
        ("Operations Analyst", "Process Improvement Officer", "Scheduling Coordinator", "Logistics Planner"),
    ),
    (
        "Finance",
        "finance_admin",
        ("Finance Director", "Head of Finance", "Finance Programme Manager"),
        ("Management Accountant", "Payroll Officer", "Credit Controller", "Accounts Assistant"),
    ),
    (
        "Human Resources",
        "finance_admin",
        ("People Director", "Head of Human Resources", "People Programme Manager"),
        ("HR Adviser", "Recruitment Officer", "Learning Administrator", "HR Analyst"),
    ),
    (
        "Sales",
        "sales_marketing",
        ("Sales Director", "Head of Sales", "Sales Programme Manager"),
        ("Account Manager", "Sales Executive", "Bid Writer", "Customer Success Adviser"),
    ),
    (
        "Marketing",
        "sales_marketing",
        ("Marketing Director", "Head of Marketing", "Campaign Programme Manager"),
        ("Campaign Manager", "Content Editor", "Market Researcher", "Digital Marketing Officer"),
    ),
    (
        "Technology and Data",
        "technical_data",
        ("Chief Technology Officer", "Head of Data", "Technology Delivery Lead"),
        ("Data Analyst", "Software Developer", "Service Desk Analyst", "Business Systems Analyst"),
    ),
    (
        "Change and Transformation",
        "project_change",
        ("Transformation Director", "Head of Change", "Transformation Lead"),
        ("Project Manager", "Business Analyst", "Change Officer", "Project Support Officer"),
    ),
    (
        "Risk and Compliance",
        "operations",
        ("Chief Risk Officer", "Head of Compliance", "Governance Lead"),
        ("Compliance Officer", "Risk Analyst", "Data Protection Officer", "Internal Auditor"),
    ),
)  # fmt: skip

# Three providers that do not exist either: name, whom to ask, and where.
PROVIDERS = (
    ("Northgate Skills", "Helen Marsh", "helen.marsh@northgate.example"),
    ("Brightwater Training", "Idris Bevan", "idris.bevan@brightwater.example"),
    ("Kestrel Learning", "Joy Mensah", "joy.mensah@kestrel.example"),
)
