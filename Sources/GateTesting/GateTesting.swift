// GateTesting
