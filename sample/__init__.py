"""This project on the laptop cloud: the sample league, what is deployed, the demo."""
