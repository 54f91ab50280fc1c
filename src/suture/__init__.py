"""`suture` joins the operating room to the supply chain."""

__version__ = "0.1.0"
