# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2317
# Cases of programs.sh that do not speak HTTP: iperf3, redis, OpenSSH,
# PostgreSQL. Each is given the stack of its server, on host right, and of its
# client.

PG=/usr/lib/postgresql/15/bin
megabytes=32
slow_kernel && megabytes=4

# Bytes as both ends counted them: the sender's and the receiver's.
iperf3_sums()
{
	sed -n '/"sum_\(sent\|received\)"/,/}/s/.*"bytes":[^0-9]*\([0-9]*\).*/\1/p' "$1" | xargs
}

# iperf3_run SERVER-STACK CLIENT-STACK OPTION...
iperf3_run()
{
	local server=$1 client=$2 sums

	shift 2
	watched "$server" "$client" 5201 bounded on left "$client" iperf3 -J -c 10.8.0.2 \
		-n "${megabytes}M" "$@" >"$work/iperf3" || return
	sums=$(iperf3_sums "$work/iperf3")
	echo "# iperf3 $*: $sums bytes sent and received"
	# The sender ends when it has sent; what is on its way then may be cut off.
	[ "${sums%% *}" -ge $((megabytes << 20)) ] && [ "${sums##* }" -gt 0 ]
}

iperf3_all()
{
	start right "$1" iperf3 -s
	await_listener right "$1" 5201 &&
		iperf3_run "$1" "$2" && iperf3_run "$1" "$2" -R &&
		iperf3_run "$1" "$2" -P 4 -w 128K -M 1000 -N
}

redis_cli()
{
	bounded on left "$1" redis-cli -h 10.8.0.2 "${@:2}"
}

redis_all()
{
	local n=2000 calls

	start right "$1" redis-server --bind 10.8.0.2 --protected-mode no --save '' \
		--dir "$work"
	await_listener right "$1" 6379 &&
		watched "$1" "$2" 6379 bounded on left "$2" redis-benchmark -h 10.8.0.2 \
			-n $n -c 10 -d 1000 -t set,get,lpush -q >"$work/redis" || return
	tr '\r' '\n' <"$work/redis" | grep 'per second' | sed 's/^/# /'
	calls=$(redis_cli "$2" info commandstats | tr -d '\r' |
		sed -n 's/^cmdstat_\(set\|get\|lpush\):calls=\([0-9]*\),.*failed_calls=0$/\1 \2/p' |
		sort | xargs)
	[ "$calls" = "get $n lpush $n set $n" ] || { echo "# redis counted: $calls"; return 1; }
	[ "$(redis_cli "$2" set key value)" = OK ] && [ "$(redis_cli "$2" get key)" = value ]
}

# start_sshd STACK: with a key for the host and one for its user
start_sshd()
{
	local key

	for key in host user; do
		[ -e "$work/$key" ] || on right tcp ssh-keygen -q -t ed25519 -N '' -f "$work/$key"
	done
	cat >"$work/sshd_config" <<-EOT
	Port 22
	HostKey $work/host
	AuthorizedKeysFile $work/user.pub
	StrictModes no
	UsePAM no
	PidFile $work/sshd.pid
	Subsystem sftp /usr/lib/openssh/sftp-server
	EOT
	# "-D" or it would be a daemon, which is tried with nginx.
	start right "$1" /usr/sbin/sshd -D -e -f "$work/sshd_config"
	await_listener right "$1" 22
}

ssh_options="-o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR
	-o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes"

# A login with a terminal and a shell, whose answer shows that it computed.
ssh_login()
{
	# shellcheck disable=SC2086,SC2016 # options; for the shell over there
	printf 'echo "sum=$((6 * 7))"; tty; sleep 1; exit 3\n' |
		bounded on left "$1" ssh $ssh_options -i "$work/user" -tt root@10.8.0.2 \
			>"$work/login"
	[ $? = 3 ] && grep -q 'sum=42' "$work/login" && grep -q /dev/pts "$work/login"
}

ssh_all()
{
	start_sshd "$1" && watched "$1" "$2" 22 ssh_login "$2" || return
	# In KBit/s, so that it is seen; there, and back again.
	rm -f "$work/there" "$work/back"
	# shellcheck disable=SC2086
	watched "$1" "$2" 22 bounded on left "$2" scp -q -l 16000 $ssh_options -i "$work/user" \
		"$work/www/file" "root@10.8.0.2:$work/there" &&
		same_file "$work/www/file" "$work/there" &&
		bounded on left "$2" scp -q $ssh_options -i "$work/user" \
			"root@10.8.0.2:$work/there" "$work/back" &&
		same_file "$work/www/file" "$work/back"
}

# Made once: that takes longest.
make_database()
{
	[ ! -d "$work/pg" ] || return 0
	mkdir "$work/pg"
	chown 999:999 "$work/pg"
	user=999:999 bounded on right tcp "$PG/initdb" -D "$work/pg" -A trust --no-sync \
		-U postgres >"$work/initdb" 2>&1 || { sed 's/^/# /' "$work/initdb"; return 1; }
	cat >>"$work/pg/postgresql.conf" <<-EOT
	listen_addresses = '10.8.0.2'
	unix_socket_directories = ''
	shared_buffers = 16MB
	fsync = off
	EOT
	echo 'host all all 10.8.0.0/24 trust' >>"$work/pg/pg_hba.conf"
}

pgbench()
{
	bounded on left "$1" "$PG/pgbench" -h 10.8.0.2 -U postgres "${@:2}" postgres
}

# Half the transactions by simple queries, half by prepared ones.
benchmarked()
{
	watched "$1" "$2" 5432 pgbench "$2" -i -q -s 1 &&
		watched "$1" "$2" 5432 pgbench "$2" -c 4 -j 2 -t 25 &&
		watched "$1" "$2" 5432 pgbench "$2" -n -M prepared -c 4 -t 25 &&
		[ "$(grep -c 'processed: 100/100' "$work/pgbench")" = 2 ]
}

postgres_all()
{
	local count

	make_database || { echo "# initdb failed"; return 1; }
	user=999:999 start right "$1" "$PG/postgres" -D "$work/pg"
	await_listener right "$1" 5432 || return
	if ! benchmarked "$1" "$2" >"$work/pgbench" 2>&1; then
		sed 's/^/# /' "$work/pgbench"
		return 1
	fi
	count=$(bounded on left "$2" "$PG/psql" -h 10.8.0.2 -U postgres -Atc \
		'select count(*), sum(delta) = (select sum(abalance) from pgbench_accounts)
		 from pgbench_history' postgres)
	[ "$count" = "200|t" ] || { echo "# the database says '$count'"; return 1; }
}
