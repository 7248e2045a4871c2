import pricing
