# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2317
# Cases of programs.sh that speak HTTP: nginx, curl, wrk, HAProxy, Python. Each
# is given the stack of its server, on host right, and of its client.

# start_nginx HOST STACK PORT
start_nginx()
{
	cat >"$work/nginx-$1.conf" <<-EOT
	worker_processes 2;
	pid $work/nginx-$1.pid;
	error_log $work/nginx-$1.log;
	events { worker_connections 256; }
	http {
		access_log off;
		sendfile on;
		client_body_temp_path $work;
		proxy_temp_path $work;
		fastcgi_temp_path $work;
		uwsgi_temp_path $work;
		scgi_temp_path $work;
		server { listen $3; listen [::]:$3; root $work/www; }
	}
	EOT
	start "$1" "$2" nginx -c "$work/nginx-$1.conf"
	await_listener "$1" "$2" "$3"
}

# The rate makes it last long enough to be seen.
fetch_by_curl()
{
	rm -f "$work/got"
	watched "$1" "$2" "$3" bounded on left "$2" curl -sS --fail --limit-rate 2M \
		-o "$work/got" "$4" &&
		same_file "$work/www/file" "$work/got"
}

nginx_curl()
{
	start_nginx right "$1" 80 &&
		fetch_by_curl "$1" "$2" 80 http://10.8.0.2/file &&
		fetch_by_curl "$1" "$2" 80 "http://[fd00:8::2]/file"
}

# wrk counts what it got, and what was wrong with it.
nginx_wrk()
{
	start_nginx right "$1" 80 || return
	# It counts what takes it two seconds as an error, by default, and stands
	# still for longer where one look takes that.
	watched "$1" "$2" 80 bounded on left "$2" wrk -t 2 -c 8 -d 8s --timeout 60s \
		http://10.8.0.2/page >"$work/wrk" || return
	sed 's/^/# /' "$work/wrk"
	grep -qE '^ +[1-9][0-9]* requests in' "$work/wrk" &&
		! grep -qE 'Socket errors|Non-2xx' "$work/wrk"
}

# curl on the left, HAProxy on the right, nginx on the left again: two
# connections, of which HAProxy's stack makes one and takes one.
haproxy_between()
{
	cat >"$work/haproxy.cfg" <<-EOT
	global
		nbthread 1
	defaults
		mode http
		timeout connect 20s
		timeout client 60s
		timeout server 60s
	listen proxy
		bind 10.8.0.2:8080
		bind [fd00:8::2]:8080
		server nginx 10.8.0.1:81 check inter 500
	EOT
	start_nginx left "$2" 81 || return
	start right "$1" haproxy -W -f "$work/haproxy.cfg"
	await_listener right "$1" 8080 &&
		fetch_by_curl "$1" "$2" 8080 http://10.8.0.2:8080/file &&
		fetch_by_curl "$1" "$2" 81 "http://[fd00:8::2]:8080/file"
}

python_http()
{
	start right "$1" python3.11 -m http.server -b :: -d "$work/www" 8000
	await_listener right "$1" 8000 &&
		fetch_by_curl "$1" "$2" 8000 http://10.8.0.2:8000/file
}

python_asyncio()
{
	cp "$here/programs_asyncio.py" "$work/"
	start right "$1" python3.11 "$work/programs_asyncio.py" serve 10.8.0.2 8001
	await_listener right "$1" 8001 &&
		watched "$1" "$2" 8001 bounded on left "$2" python3.11 \
			"$work/programs_asyncio.py" talk 10.8.0.2 8001 8 1000000
}
