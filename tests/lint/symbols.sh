#!/bin/bash
# What each executable is linked with: the reader knows nothing of databases.
. "$(dirname "$0")/lint.sh"
need_stage
need_program nm
need_program readelf
scratch
libraries() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*\]/\1/p'; }
only() { # PROGRAM LIBRARY…: links nothing else
	local program=$1 library
	shift
	[ -x "$program" ] || { complain "$program is not there"; return; }
	while IFS= read -r library; do
		case " libc libm ld-linux-x86-64 ld-linux-aarch64 $* " in
		*" $library "*) ;;
		*) complain "${program##*/} is linked with $library" ;;
		esac
	done < <(libraries "$program")
}
programs=$stage/libexec/muster
only "$programs/muster-reader" libcrypto libseccomp libsimdjson libstdc++ libgcc_s libyaml-0 libpcre2-8 libhs libzstd libz
only "$programs/muster-writer" libpq libcrypto libconfig libseccomp libyaml-0 libpcre2-8 libhs libstdc++ libgcc_s
only "$stage/sbin/musterd" libcrypto libconfig libseccomp libpq
only "$stage/bin/muster-exercise"
libraries "$programs/muster-writer" | grep -q libpq || complain "the writer has no libpq: is this lint looking at the right thing?"
if [ -x "$programs/muster-reader" ]; then
	nm -D "$programs/muster-reader" | grep -E ' (PQ|pq)[a-zA-Z]+' && complain "muster-reader has symbols of libpq"
	for name in execve execvp posix_spawn system popen dlopen; do
		nm -D --undefined-only "$programs/muster-reader" | grep -qw "$name" && complain "muster-reader calls $name"
	done
	# RELRO, immediate binding, position independence and no executable stack.
	for program in "$stage"/bin/muster "$stage"/sbin/musterd "$programs"/*; do
		readelf -h "$program" | grep -q 'Type:.*DYN' || complain "$program is not position independent"
		readelf -d "$program" | grep -qE 'BIND_NOW|FLAGS.* NOW' || complain "$program binds lazily"
		readelf -lW "$program" | grep -E 'GNU_STACK' | grep -q 'RWE' && complain "$program has an executable stack"
	done
fi
exit $bad
