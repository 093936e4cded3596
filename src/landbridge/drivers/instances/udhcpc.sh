#!/bin/sh
# Called by udhcpc with what the DHCP server said; makes the "VM's" interface so.
#
# LB_DIR: the VM's own directory on the host; LB_ETC: what `ip netns exec` shows as its /etc.
# One `ip -batch` does everything, because hundreds of VMs may start at the same moment.

applied="$LB_DIR/applied.$interface"

case "$1" in
deconfig)
    # Link up first: without it no DISCOVER leaves.
    printf '%s\n' "link set dev $interface up" "addr flush dev $interface scope global" | ip -batch -
    rm -f "$LB_DIR/lease.$interface" "$applied"
    ;;
bound | renew)
    wanted="$ip/$mask|$mtu|$staticroutes|$router|$dns|$domain|$hostname"
    present=
    [ -e "$applied" ] && read -r present <"$applied"
    if [ "$present" != "$wanted" ]; then
        # Routes of option 121 replace the router of option 3 (RFC 3442).
        routes=$staticroutes
        [ -z "$routes" ] && [ -n "$router" ] && routes="0.0.0.0/0 ${router%% *}"
        {
            [ "${present%%|*}" != "$ip/$mask" ] && echo "addr flush dev $interface scope global"
            [ -n "$mtu" ] && echo "link set dev $interface mtu $mtu"
            echo "addr replace $ip/$mask broadcast + dev $interface"
            echo "route flush dev $interface proto dhcp"
            # Where two interfaces are told the same destination, the first one wins.
            # shellcheck disable=SC2086  # a list of words
            set -- $routes
            while [ $# -ge 2 ]; do
                via="via $2 onlink"
                [ "$2" = 0.0.0.0 ] && via=
                echo "route replace $1 $via dev $interface proto dhcp metric ${interface#eth}"
                shift 2
            done
        } | ip -batch -
        {
            [ -n "$domain" ] && echo "search $domain"
            for server in $dns; do
                echo "nameserver $server"
            done
        } >"$LB_DIR/dns.$interface"
        # Written in place: a running `ip netns exec` has this very file mounted.
        cat "$LB_DIR"/dns.* >"$LB_ETC/resolv.conf"
        [ -n "$hostname" ] && echo "$hostname" >"$LB_ETC/hostname"
        echo "$wanted" >"$applied"
    fi
    # The options as received, for whoever looks; whole at every moment.
    printf '%s\n' "event=$1" "ip=$ip" "mask=$mask" "router=$router" "staticroutes=$staticroutes" "dns=$dns" \
        "mtu=$mtu" "hostname=$hostname" "domain=$domain" "lease=$lease" "serverid=$serverid" \
        >"$LB_DIR/new.$interface"
    mv "$LB_DIR/new.$interface" "$LB_DIR/lease.$interface"
    ;;
esac
