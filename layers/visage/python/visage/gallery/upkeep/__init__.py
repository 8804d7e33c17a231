"""What keeps galleries tidy: packing, purging, moving a group into a vector index, embedding anew."""
