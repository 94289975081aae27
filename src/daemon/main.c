#include "daemon/daemon.h"

#include "child/child.h"

#include "config.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

static const char help[] =
	"Usage: musterd [-c FILE] [--once] [--readers N] [--debug]\n"
	"Takes the logs that contractors deliver, and answers for each with a receipt.\n"
	"\n"
	"  -c, --config FILE  the instance's muster.conf (or set MUSTER_CONFIG)\n"
	"      --once         end when the spool is empty\n"
	"      --readers N    readers side by side (default: daemon.readers, or one a core)\n"
	"      --debug        log what helps to find faults\n"
	"      --help         show this\n"
	"      --version      show the version\n"
	"\n"
	"See musterd(8).\n";

enum { OPTION_ONCE = 256, OPTION_READERS, OPTION_DEBUG, OPTION_HELP, OPTION_VERSION };
static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "once", no_argument, NULL, OPTION_ONCE },
	{ "readers", required_argument, NULL, OPTION_READERS },
	{ "debug", no_argument, NULL, OPTION_DEBUG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Descriptors 0 to 2 are never given to anything else. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* The command beside this program, wherever the tree was moved to. */
static const char *find_muster(void)
{
	static char path[4200];
	char self[4000];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length > 0) {
		self[length] = '\0';
		*strrchr(self, '/') = '\0';
		snprintf(path, sizeof(path), "%s/../bin/muster", self);
		if (access(path, X_OK) == 0)
			return path;
	}
	return MUSTER_BIN "/muster";
}

static int usage(const char *what, const char *argument)
{
	fprintf(stderr, "musterd: %s%s\nTry: musterd --help\n", what, argument);
	return err_exit_status(ERR_USAGE);
}

int main(int argc, char **argv)
{
	struct daemon_options options = { .config = getenv("MUSTER_CONFIG") };
	struct err err = { 0 };
	uint64_t readers;
	int option;

	fill_standard_descriptors();
	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			options.config = optarg;
			break;
		case OPTION_ONCE:
			options.once = true;
			break;
		case OPTION_READERS:
			if (!text_to_u64(text_of(optarg), &readers) || readers < 1 || readers > 1024)
				return usage("--readers takes a number from 1 to 1024, not ",
					     optarg);
			options.readers = (unsigned)readers;
			break;
		case OPTION_DEBUG:
			options.debug = true;
			break;
		case OPTION_HELP:
			fputs(help, stdout);
			return 0;
		case OPTION_VERSION:
			puts("musterd " PACKAGE_VERSION);
			return 0;
		default:
			fputs("Try: musterd --help\n", stderr);
			return err_exit_status(ERR_USAGE);
		}
	}
	if (optind < argc)
		return usage("not understood, since there are only options: ", argv[optind]);
	if (!options.config || !*options.config)
		return usage("no configuration: ",
			     "name the instance's muster.conf with -c or MUSTER_CONFIG");
	if (options.debug)
		setenv("MUSTER_DEBUG", "1", 1);
	options.libexec = child_libexec();
	options.muster = find_muster();
	log_open("musterd", options.debug);
	if (daemon_run(&options, &err) < 0) {
		log_error("%s", err.text);
		return err_exit_status(err.code);
	}
	return 0;
}
