//! DNS: looking up what authoritative servers say, adding and removing the TXT values of challenges, waiting until all servers have them.
