"""One file per step; a step is never edited once it is on the trunk."""
