# Puts what muster-document says in the place of each marker:
#	.\" @WORDS@
# document: the program.
/^\.\\" @.*@$/ {
	words = substr($0, 6, length($0) - 6)
	command = document " " words
	lines = 0
	while ((command | getline line) > 0) {
		print line
		lines++
	}
	if (close(command) != 0 || lines == 0) {
		print FILENAME ":" FNR ": " words ": nothing is called that" > "/dev/stderr"
		exit 1
	}
	next
}
{ print }
