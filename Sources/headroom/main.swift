print("headroom 0.1.0")
