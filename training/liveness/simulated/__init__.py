"""Pictures of pictures: `recapture` takes them, `view` is what the camera sees, `media` what shows the photo."""
