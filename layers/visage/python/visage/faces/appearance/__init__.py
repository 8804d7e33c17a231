"""What a face's pixels say: attributes, blur, quality, recapture."""
