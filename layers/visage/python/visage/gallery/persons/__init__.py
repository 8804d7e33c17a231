"""Who there is: persons, their groups and faces, as rows of the table and images in S3."""
