"""The admin's two faces: the platform's for operators, an organisation's for its own admins."""
