"""What people read: tables and errors. Everything that comes from tools is cleaned before it is shown."""
