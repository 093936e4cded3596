// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * send-frame INTERFACE-INDEX HEX: puts one Ethernet frame on the wire, whatever is in it.
 * Without a C library, as the guest has none (x86-64).
 */
#include <asm/unistd.h>
#include <linux/if_packet.h>
#include <linux/socket.h>

#define AF_PACKET 17
#define SOCK_RAW 3
#define FRAME_SIZE 2048

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

__attribute__((used)) static int send_frame(long *stack)
{
	static unsigned char frame[FRAME_SIZE];
	char **words = (char **)(stack + 1);
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	long length = 0, descriptor;

	if (stack[0] != 3)
		return 2;
	for (const char *c = words[1]; *c; c++)
		to.sll_ifindex = to.sll_ifindex * 10 + digit(*c);
	for (const char *c = words[2]; c[0] && c[1] && length < FRAME_SIZE; c += 2)
		frame[length++] = digit(c[0]) << 4 | digit(c[1]);
	descriptor = call(__NR_socket, AF_PACKET, SOCK_RAW, 0, 0, 0, 0);
	return call(__NR_sendto, descriptor, (long)frame, length, 0, (long)&to, sizeof(to)) != length;
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall send_frame\n"
	"\tmov %eax, %edi\n\tmov $60, %eax\n\tsyscall\n");
