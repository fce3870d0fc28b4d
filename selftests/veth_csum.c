// SPDX-License-Identifier: GPL-2.0
/*
 * Turns checksum offload of a device off, so that every segment on a virtual
 * cable carries a real checksum and a corrupted one can be told.
 *
 * Usage: veth_csum DEVICE...
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int csum_off(int fd, const char *dev, unsigned int cmd)
{
	struct ethtool_value val = { .cmd = cmd, .data = 0 };
	struct ifreq ifr = {};

	strncpy(ifr.ifr_name, dev, sizeof(ifr.ifr_name) - 1);
	ifr.ifr_data = (void *)&val;
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int i;

	if (fd < 0) {
		perror("socket");
		return 1;
	}
	for (i = 1; i < argc; i++) {
		if (csum_off(fd, argv[i], ETHTOOL_STXCSUM)) {
			perror(argv[i]);
			return 1;
		}
	}
	close(fd);
	return 0;
}
