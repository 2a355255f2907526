"""The Python side of Terrella: reads topologies and wrangler files, starts, shows and stops clusters."""
