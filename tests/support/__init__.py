"""What tests of several folders share: builders of events and images, a deployed stage, stand-ins."""
