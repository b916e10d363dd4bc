"""The pages of accounts: signing in, shared computers, invitations."""
