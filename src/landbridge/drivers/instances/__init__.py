"""What a VM is made of.  `netns`: a network namespace with a DHCP client for each interface."""
