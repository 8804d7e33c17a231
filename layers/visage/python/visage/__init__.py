"""Visage: the Alibaba Cloud face APIs, answered from your own AWS account."""
