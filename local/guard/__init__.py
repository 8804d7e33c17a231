"""What S3 and STS enforce and moto does not: signatures, expiry, policies, session permissions."""
