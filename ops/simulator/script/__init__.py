"""The RouterOS script language: enough of it to run what managers leave on routers, and to read import files back."""
