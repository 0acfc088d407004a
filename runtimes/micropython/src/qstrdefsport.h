// No qstrs of this port that its sources do not name.
