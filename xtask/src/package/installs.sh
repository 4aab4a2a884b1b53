# Runs in a container, as root, with `bash -ex`. /package.deb is the package.

# Sends a request and prints the answer: ask "GET /readyz" [BODY]
ask() {
	exec 3<>/dev/tcp/127.0.0.1/3000
	printf '%s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' "$1" "${#2}" "$2" >&3
	cat <&3
	exec 3>&-
}
# Waits until the server is ready.
ready() {
	for _ in $(seq 300); do
		if (ask 'GET /readyz' | grep -q '^ready') 2>/dev/null; then
			return
		fi
		sleep 0.1
	done
	journalctl --no-pager --unit latchkey
	false
}
as_latchkey() {
	runuser --user latchkey -- sh -ac '. /etc/default/latchkey; exec latchkey "$@"' -- "$@"
}
verify() {
	ask 'POST /v1/keys/verify' "{\"key\": \"$token\", \"endpoint\": \"chat\"}" | grep -o '"code":"[A-Z_]*"'
}

# It installs, and serves.
dpkg --install /package.deb
ready
systemctl is-enabled latchkey
test "$(stat -c '%a %U:%G' /etc/default/latchkey)" = '640 root:latchkey'
test "$(stat -c '%a %U:%G' /var/lib/latchkey)" = '700 latchkey:latchkey'
test "$(stat -c '%a %U:%G' /var/lib/latchkey/master.key)" = '600 latchkey:latchkey'
test "$(ps -o user= -C latchkey)" = latchkey
journalctl --no-pager --unit latchkey | grep 'Create the owner at http://127.0.0.1:3000/setup?link='
if journalctl --no-pager --unit latchkey | grep -E ' (WARN|ERROR) '; then false; fi
token=$(as_latchkey key create --environment default --name Shop --endpoint chat)
test "$(verify)" = '"code":"VALID"'

# The sandbox is tight, and the server can do what it has to inside it.
systemd-analyze security --no-pager --threshold=20 latchkey.service

# The texts are there.
for page in latchkey latchkey-serve latchkey-key-create; do
	gzip --decompress --stdout "/usr/share/man/man1/$page.1.gz" | grep -q '^\.TH'
done
bash -c '. /usr/share/bash-completion/completions/latchkey; complete -p latchkey'

# It restarts and stops at once.
systemctl restart latchkey
ready
test "$(verify)" = '"code":"VALID"'
systemctl stop latchkey
test "$(systemctl show --property Result latchkey)" = 'Result=success'
systemctl start latchkey

# An upgrade keeps the configuration and the keys, and restarts the server.
echo 'LATCHKEY_NODE_NAME=changed' >>/etc/default/latchkey
before=$(systemctl show --property MainPID latchkey)
dpkg --install /package.deb
ready
test "$(systemctl show --property MainPID latchkey)" != "$before"
grep -q '^LATCHKEY_NODE_NAME=changed$' /etc/default/latchkey
test "$(stat -c '%a %U:%G' /etc/default/latchkey)" = '640 root:latchkey'
test "$(verify)" = '"code":"VALID"'

# Removing it stops the server and keeps the data, so that installing it again goes on.
dpkg --remove latchkey
if pidof latchkey; then false; fi
test -f /var/lib/latchkey/latchkey.db
test -f /etc/default/latchkey
dpkg --install /package.deb
ready
test "$(verify)" = '"code":"VALID"'

# Purging it leaves nothing but the user.
dpkg --purge latchkey
if pidof latchkey; then false; fi
left=$(find /etc /lib /usr /var -xdev -iname '*latchkey*' -not -path '/usr/src/*')
test -z "$left" || { echo "$left"; false; }
getent passwd latchkey
