// SPDX-License-Identifier: Apache-2.0
/*
 * Traffic for benchmarks, one packet at a time and as many as there is time for.
 *
 *   traffic sink PORT                    count UDP packets until SIGTERM, print how many
 *   traffic flood ADDRESS PORT SECONDS   send 32-byte UDP packets, print how many
 *   traffic answer PORT                  TCP: answer one byte per connection, until SIGTERM
 *   traffic ask ADDRESS PORT SECONDS     TCP: connect, one byte there and back, close; print how many
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define SIZE 32

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address(const char *ip, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };

	if (inet_pton(AF_INET, ip, &to.sin_addr) != 1)
		fail(ip);
	return to;
}

static int bound(int type, const char *port)
{
	struct sockaddr_in here = address("0.0.0.0", port);
	int yes = 1, buffer = 64 << 20, made = socket(AF_INET, type, 0);

	setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(made, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	if (bind(made, (struct sockaddr *)&here, sizeof(here)))
		fail("bind");
	return made;
}

/* Count what waits, until nothing does. */
static unsigned long long drain(int from)
{
	static char data[BATCH][2048];
	static struct iovec parts[BATCH];
	static struct mmsghdr messages[BATCH];
	unsigned long long count = 0;
	int n;

	for (n = 0; n < BATCH; n++) {
		parts[n] = (struct iovec){ data[n], sizeof(data[n]) };
		messages[n].msg_hdr.msg_iov = &parts[n];
		messages[n].msg_hdr.msg_iovlen = 1;
	}
	while ((n = recvmmsg(from, messages, BATCH, MSG_DONTWAIT, NULL)) > 0)
		count += n;
	return count;
}

/*
 * It never waits in the socket: whether a packet has to wake it is chance, depends on who is faster, and on a
 * virtual machine costs as much as the packet.
 */
static void sink(const char *port)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int from = bound(SOCK_DGRAM, port);
	unsigned long long count = 0;

	while (!ended) {
		count += drain(from);
		nanosleep(&pause, NULL);
	}
	printf("%llu\n", count + drain(from));
}

static void flood(const char *ip, const char *port, double seconds)
{
	struct sockaddr_in to = address(ip, port);
	char data[SIZE] = {};
	struct iovec part = { data, SIZE };
	struct mmsghdr messages[BATCH] = {};
	unsigned long long count = 0;
	double until = now() + seconds;
	int from = socket(AF_INET, SOCK_DGRAM, 0), n;

	if (connect(from, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	for (n = 0; n < BATCH; n++) {
		messages[n].msg_hdr.msg_iov = &part;
		messages[n].msg_hdr.msg_iovlen = 1;
	}
	while (now() < until)
		if ((n = sendmmsg(from, messages, BATCH, 0)) > 0)
			count += n;
	printf("%llu\n", count);
}

static void answer(const char *port)
{
	int listening = bound(SOCK_STREAM, port);
	char byte;

	listen(listening, 512);
	while (!ended) {
		int made = accept(listening, NULL, NULL);

		if (made < 0)
			continue;
		if (recv(made, &byte, 1, 0) == 1)
			send(made, &byte, 1, MSG_NOSIGNAL);
		recv(made, &byte, 1, 0);
		close(made);
	}
}

static void ask(const char *ip, const char *port, double seconds)
{
	struct sockaddr_in to = address(ip, port);
	struct linger reset = { 1, 0 };
	struct timeval wait = { .tv_sec = 1 };
	unsigned long long count = 0;
	double until = now() + seconds;
	char byte = 0;

	while (now() < until) {
		int made = socket(AF_INET, SOCK_STREAM, 0);

		setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
		setsockopt(made, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		if (!connect(made, (struct sockaddr *)&to, sizeof(to)) &&
		    send(made, &byte, 1, MSG_NOSIGNAL) == 1 && recv(made, &byte, 1, 0) == 1)
			count++;
		close(made);
	}
	printf("%llu\n", count);
}

int main(int argc, char **argv)
{
	struct sigaction stop = { .sa_handler = end };

	sigaction(SIGTERM, &stop, NULL);
	if (argc == 3 && !strcmp(argv[1], "sink"))
		sink(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "answer"))
		answer(argv[2]);
	else if (argc == 5 && !strcmp(argv[1], "flood"))
		flood(argv[2], argv[3], atof(argv[4]));
	else if (argc == 5 && !strcmp(argv[1], "ask"))
		ask(argv[2], argv[3], atof(argv[4]));
	else
		return 2;
	return 0;
}
