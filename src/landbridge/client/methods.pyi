"""Every action as a typed method.  Made from the declarations by `python -m tests.support.client_types`."""

from collections.abc import Mapping, Sequence
from typing import Any

from landbridge.client.inventories import (
    AccessControlListEntryInventory,
    AccessControlListInventory,
    AccessKeyInventory,
    AccountInventory,
    AccountResourceRefInventory,
    AddressPoolInventory,
    AgentInventory,
    ApplianceVmInventory,
    CertificateInventory,
    ClusterInventory,
    EipInventory,
    EventLogInventory,
    GlobalConfigInventory,
    HostInventory,
    HostNetworkBondingInventory,
    HostNetworkInterfaceInventory,
    IPsecConnectionInventory,
    ImageInventory,
    InstanceOfferingInventory,
    IpRangeInventory,
    L2NetworkInventory,
    L2NoVlanNetworkInventory,
    L2VlanNetworkInventory,
    L3NetworkInventory,
    LoadBalancerInventory,
    LoadBalancerListenerInventory,
    LoadBalancerServerGroupInventory,
    LongJobInventory,
    ManagementNodeInventory,
    NetworkServiceL3NetworkRefInventory,
    NetworkServiceProviderInventory,
    PolicyInventory,
    PolicyRouteRuleInventory,
    PolicyRouteRuleSetInventory,
    PolicyRouteRuleSetL3RefInventory,
    PolicyRouteRuleSetVRouterRefInventory,
    PolicyRouteTableInventory,
    PolicyRouteTableRouteEntryInventory,
    PolicyRouteTableVRouterRefInventory,
    PortForwardingRuleInventory,
    QuotaInventory,
    RemoteVtepInventory,
    ReservedIpRangeInventory,
    ResourceConfigInventory,
    SecurityGroupInventory,
    SecurityGroupRuleInventory,
    SessionInventory,
    SharedResourceInventory,
    SystemTagInventory,
    TagPatternInventory,
    UsedIpInventory,
    UserGroupInventory,
    UserInventory,
    UserTagInventory,
    VRouterRouteEntryInventory,
    VRouterRouteTableInventory,
    VipInventory,
    VipQosInventory,
    VirtualRouterOfferingInventory,
    VirtualRouterVRouterRouteTableRefInventory,
    VirtualRouterVmInventory,
    VmInstanceInventory,
    VmNicAllowedAddressPairInventory,
    VmNicInventory,
    VmNicSecurityGroupRefInventory,
    VmNicSecurityPolicyInventory,
    VniRangeInventory,
    VpcRouterVmInventory,
    VpcSharedQosInventory,
    VpcSnatStateInventory,
    VtepInventory,
    VxlanNetworkInventory,
    VxlanNetworkPoolInventory,
    WireGuardConnectionInventory,
    WireGuardPeerInventory,
    ZoneInventory,
)

class Methods:
    """Every action as a method that returns."""

    def add_access_control_list_entry(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        acl_uuid: str,
        entries: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListEntryInventory:
        """Put addresses on a list; listeners heed them at once."""

    def add_access_control_list_redirect_rule(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        acl_uuid: str,
        name: str | None = None,
        description: str | None = None,
        domain: str | None = None,
        url: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListEntryInventory:
        """Give an empty list its rule: for requests of which host, below which path it is."""

    def add_access_control_list_to_load_balancer(
        self,
        *,
        acl_uuids: Sequence[str],
        acl_type: str,
        listener_uuid: str,
        server_group_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Let a listener heed lists: clients on them (white) or not on them (black) come in, or requests are led
        on."""

    def add_backend_server_to_server_group(
        self,
        *,
        server_group_uuid: str,
        vm_nics: Sequence[Any] | None = None,
        servers: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Put servers into a group."""

    def add_certificate_to_load_balancer_listener(
        self,
        *,
        certificate_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Present a certificate; the first is for clients whose name is in none of the others (SNI)."""

    def add_dns_to_l3_network(
        self,
        *,
        l3_network_uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Add a DNS server that the network's VMs are told."""

    def add_dns_to_vpc_router(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> VpcRouterVmInventory:
        """Add an upstream resolver to a vrouter's DNS forwarder."""

    def add_host_route_to_l3_network(
        self,
        *,
        l3_network_uuid: str,
        prefix: str,
        nexthop: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Add a route that the network's VMs are told."""

    def add_image(
        self,
        *,
        name: str,
        url: str,
        backup_storage_uuids: Sequence[str],
        description: str | None = None,
        media_type: str | None = None,
        guest_os_type: str | None = None,
        architecture: str | None = None,
        system: bool | None = None,
        format: str | None = None,
        platform: str | None = None,
        type: str | None = None,
        virtio: bool | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Register an image."""

    def add_image_store_backup_storage(
        self,
        *,
        hostname: str,
        username: str,
        password: str,
        url: str,
        name: str,
        ssh_port: int | None = None,
        description: str | None = None,
        type: str | None = None,
        import_images: bool | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add a store of images."""

    def add_ip_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        start_ip: str,
        end_ip: str,
        netmask: str,
        gateway: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IpRangeInventory:
        """Give an L3 network addresses, from first to last."""

    def add_ip_range_by_network_cidr(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        network_cidr: str,
        gateway: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IpRangeInventory:
        """Give an L3 network all addresses of a subnet but the gateway (two ranges when that is in the middle)."""

    def add_ipv6_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        start_ip: str,
        end_ip: str,
        gateway: str,
        prefix_len: int,
        address_mode: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give an L3 network IPv6 addresses, from first to last."""

    def add_ipv6_range_by_network_cidr(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        network_cidr: str,
        address_mode: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give an L3 network all addresses of an IPv6 subnet."""

    def add_kvm_host(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        management_ip: str,
        cluster_uuid: str,
        username: str,
        password: str,
        ssh_port: int | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Make a host of the server at an address, whose agent waits there (`landbridge agent join … --wait`)."""

    def add_local_primary_storage(
        self,
        *,
        url: str,
        name: str,
        zone_uuid: str,
        description: str | None = None,
        type: str | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add hosts' own disks as storage."""

    def add_remote_cidrs_to_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        uuid: str,
        peer_cidrs: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Networks behind the peer join a connection."""

    def add_reserved_ip_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        start_ip: str,
        end_ip: str,
        system_tags: Sequence[str] = (),
    ) -> ReservedIpRangeInventory:
        """Keep addresses of an L3 network from being handed out; those that are in use already stay so."""

    def add_security_group_rule(
        self,
        *,
        security_group_uuid: str,
        rules: Sequence[Any],
        remote_security_group_uuids: Sequence[str] | None = None,
        priority: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Add rules to a security group."""

    def add_server_group_to_load_balancer_listener(
        self,
        *,
        server_group_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Send a listener's connections to the servers of a group, too."""

    def add_sftp_backup_storage(
        self,
        *,
        hostname: str,
        username: str,
        password: str,
        url: str,
        name: str,
        ssh_port: int | None = None,
        description: str | None = None,
        type: str | None = None,
        import_images: bool | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add a store of images that is reached by SFTP."""

    def add_simulator_host(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        management_ip: str,
        cluster_uuid: str,
        description: str | None = None,
        memory_capacity: int | None = None,
        cpu_capacity: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Make a host that is none."""

    def add_user_to_group(self, *, user_uuid: str, group_uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Put a user into a group."""

    def add_vm_nic_allowed_address_pair(
        self,
        *,
        vm_nic_uuid: str,
        ip: str,
        mac: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmNicAllowedAddressPairInventory:
        """Let a VM's NIC send from an address that is not its own, for VRRP in guests and the like."""

    def add_vm_nic_to_load_balancer(
        self,
        *,
        vm_nic_uuids: Sequence[str],
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Send a listener's connections to NICs, too; weights are system tags `balancerWeight::<nic>::<0-100>`."""

    def add_vm_nic_to_security_group(
        self,
        *,
        security_group_uuid: str,
        vm_nic_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Put NICs into a security group, behind the groups that they are in."""

    def add_vrouter_route_entry(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        route_table_uuid: str,
        destination: str,
        target: str | None = None,
        type: str | None = None,
        distance: int | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteEntryInventory:
        """Add a static route or a black hole to a route table."""

    def attach_backup_storage_to_zone(
        self,
        *,
        zone_uuid: str,
        backup_storage_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Let a zone use a store of images."""

    def attach_eip(
        self,
        *,
        eip_uuid: str,
        vm_nic_uuid: str,
        used_ip_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Give an EIP to a VM's NIC; what the VM begins leaves with it, too."""

    def attach_l2_network_to_cluster(
        self,
        *,
        l2_network_uuid: str,
        cluster_uuid: str,
        l2_provider_type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Let a cluster's hosts have an L2 network."""

    def attach_l3_network_to_vm(
        self,
        *,
        vm_instance_uuid: str,
        l3_network_uuid: str,
        static_ip: str | None = None,
        custom_mac: str | None = None,
        driver_type: str | None = None,
        vm_nic_params: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Give a VM a NIC on a network, or attach a subnet or public network to a vrouter."""

    def attach_l3_network_to_vm_nic(
        self,
        *,
        vm_nic_uuid: str,
        l3_network_uuid: str,
        static_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give a NIC an address of one more network."""

    def attach_l3_networks_to_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        uuid: str,
        l3_network_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Subnets on our side join a connection."""

    def attach_network_service_to_l3_network(
        self,
        *,
        l3_network_uuid: str,
        network_services: Mapping[str, Any],
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Attach network services to an L3 network."""

    def attach_policies_to_user(
        self,
        *,
        user_uuid: str,
        policy_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a user several policies."""

    def attach_policy_route_rule_set_to_l3(
        self,
        *,
        l3_uuid: str,
        rule_set_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Apply a rule set to packets that come to its vrouter from a network."""

    def attach_policy_to_user(self, *, user_uuid: str, policy_uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Give a user a policy."""

    def attach_policy_to_user_group(
        self,
        *,
        policy_uuid: str,
        group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a group a policy."""

    def attach_port_forwarding_rule(
        self,
        *,
        rule_uuid: str,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Lead a rule's ports to a VM's NIC."""

    def attach_primary_storage_to_cluster(
        self,
        *,
        cluster_uuid: str,
        primary_storage_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Let a cluster use a storage."""

    def attach_security_group_to_l3_network(
        self,
        *,
        security_group_uuid: str,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Note that a group is for an L3 network; NICs may join without."""

    def attach_tag_to_resources(
        self,
        *,
        tag_uuid: str,
        resource_uuids: Sequence[str],
        tokens: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Attach a tag to resources."""

    def attach_vip_to_load_balancer(
        self,
        *,
        load_balancer_uuid: str,
        vip_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Give a load balancer a second VIP, of IPv6; there are none yet."""

    def attach_vip_to_vpc_shared_qos(
        self,
        *,
        shared_qos_uuid: str,
        vip_uuids: Sequence[str] | None = None,
        vip_lists: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let VIPs share a bandwidth."""

    def attach_vm_nic_to_vm(
        self,
        *,
        vm_nic_uuid: str,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give a VM a NIC that was made before."""

    def attach_vrouter_route_table_to_vrouter(
        self,
        *,
        route_table_uuid: str,
        virtual_router_vm_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Give a vrouter a route table; it has at most one."""

    def batch_query(self, *, script: str | None = None, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Run a Groovy script of queries."""

    def cancel_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Stop a long job; what was done is taken back."""

    def change_access_control_list_redirect_rule(
        self,
        *,
        uuid: str,
        name: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListEntryInventory:
        """Change a redirect rule's name."""

    def change_access_control_list_server_group(
        self,
        *,
        server_group_uuids: Sequence[str],
        listener_uuid: str,
        acl_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Lead the requests of a list of type redirect to other groups of servers."""

    def change_access_key_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> AccessKeyInventory:
        """Switch a key off or on."""

    def change_cluster_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> ClusterInventory:
        """Enable or disable a cluster."""

    def change_eip_state(self, *, uuid: str, state_event: str, system_tags: Sequence[str] = ()) -> EipInventory:
        """Enable or disable an EIP; a disabled one carries nothing."""

    def change_host_state(self, *, uuid: str, state_event: str, system_tags: Sequence[str] = ()) -> HostInventory:
        """Enable or disable a host, or put it into maintenance."""

    def change_image_state(self, *, uuid: str, state_event: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Enable or disable an image."""

    def change_instance_offering(
        self,
        *,
        vm_instance_uuid: str,
        instance_offering_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Give a stopped VM the CPUs and memory of an offering."""

    def change_instance_offering_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> InstanceOfferingInventory:
        """Enable or disable an offering; a disabled one makes no new VMs."""

    def change_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        peer_address: str,
        auth_mode: str | None = None,
        auth_key: str,
        id_type: str | None = None,
        local_id: str | None = None,
        remote_id: str | None = None,
        ike_version: str | None = None,
        ike_auth_algorithm: str | None = None,
        ike_encryption_algorithm: str | None = None,
        ike_dh_group: int | None = None,
        ike_life_time: int | None = None,
        policy_auth_algorithm: str | None = None,
        policy_encryption_algorithm: str | None = None,
        pfs: str | None = None,
        policy_mode: str | None = None,
        transform_protocol: str | None = None,
        life_time: int | None = None,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Give a connection another peer, key or proposals; what is not given becomes the default."""

    def change_ipsec_connection_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Enable or disable a connection; a disabled one carries nothing."""

    def change_l2_network_vlan_id(
        self,
        *,
        uuid: str,
        vlan: int | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Give a VLAN or NoVlan network another VLAN id, or none, while its VMs run."""

    def change_l3_network_dhcp_ip_address(
        self,
        *,
        l3_network_uuid: str,
        dhcp_server_ip: str | None = None,
        dhcpv6_server_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Answer DHCP from another address of the network's ranges."""

    def change_l3_network_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Enable or disable an L3 network; a disabled one takes no new NICs."""

    def change_load_balancer_backend_server(
        self,
        *,
        server_group_uuid: str,
        vm_nics: Sequence[Any] | None = None,
        servers: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Change the weights of servers of a group."""

    def change_load_balancer_listener(
        self,
        *,
        uuid: str,
        connection_idle_timeout: int | None = None,
        max_connection: int | None = None,
        balancer_algorithm: str | None = None,
        health_check_target: str | None = None,
        healthy_threshold: int | None = None,
        unhealthy_threshold: int | None = None,
        health_check_interval: int | None = None,
        health_check_protocol: str | None = None,
        health_check_method: str | None = None,
        health_check_uri: str | None = None,
        health_check_http_code: str | None = None,
        acl_status: str | None = None,
        security_policy_type: str | None = None,
        nbprocess: int | None = None,
        http_mode: str | None = None,
        session_persistence: str | None = None,
        session_idle_timeout: int | None = None,
        cookie_name: str | None = None,
        http_versions: Sequence[str] | None = None,
        http_redirect_https: str | None = None,
        redirect_port: int | None = None,
        status_code: int | None = None,
        tcp_proxy_protocol: str | None = None,
        http_compress_algos: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Change how a listener balances; connections go on."""

    def change_port_forwarding_rule_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Enable or disable a rule; a disabled one carries nothing."""

    def change_resource_owner(
        self,
        *,
        account_uuid: str,
        resource_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give a resource, with all that is part of it and what hangs on it, to another account."""

    def change_security_group_rule(
        self,
        *,
        uuid: str,
        description: str | None = None,
        remote_security_group_uuid: str | None = None,
        action: str | None = None,
        state: str | None = None,
        priority: int | None = None,
        protocol: str | None = None,
        src_ip_range: str | None = None,
        dst_ip_range: str | None = None,
        dst_port_range: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupRuleInventory:
        """Change a rule; an empty text takes a field away."""

    def change_security_group_rule_state(
        self,
        *,
        security_group_uuid: str,
        rule_uuids: Sequence[str],
        state: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Enable or disable rules of a group."""

    def change_security_group_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Enable or disable a security group; a disabled one has no rules, and its NICs' policies hold."""

    def change_vip_state(self, *, uuid: str, state_event: str, system_tags: Sequence[str] = ()) -> VipInventory:
        """Enable or disable a VIP; on a disabled one nothing new can be made."""

    def change_vm_image(
        self,
        *,
        vm_instance_uuid: str,
        image_uuid: str,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Start a VM from another image."""

    def change_vm_nic_network(
        self,
        *,
        vm_nic_uuid: str,
        dest_l3_network_uuid: str,
        static_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmNicInventory:
        """Move a stopped VM's NIC to another network; it keeps its MAC and security groups."""

    def change_vm_nic_security_policy(
        self,
        *,
        vm_nic_uuid: str,
        ingress_policy: str | None = None,
        egress_policy: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmNicSecurityPolicyInventory:
        """Change what a NIC in security groups does with what no rule matches."""

    def change_vm_nic_state(
        self,
        *,
        vm_nic_uuid: str,
        state: str,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Pull out the cable of a VM's NIC (disable), or plug it in again (enable)."""

    def change_vm_nic_type(
        self,
        *,
        vm_nic_uuid: str,
        vm_nic_type: str,
        system_tags: Sequence[str] = (),
    ) -> VmNicInventory:
        """Choose a NIC's type: there is one."""

    def change_vpc_shared_qos_bandwidth(
        self,
        *,
        shared_qos_uuid: str,
        bandwidth: int,
        system_tags: Sequence[str] = (),
    ) -> VpcSharedQosInventory:
        """Change how much there is to share."""

    def change_wireguard_connection_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> WireGuardConnectionInventory:
        """Enable or disable a connection; a disabled one does not listen."""

    def change_wireguard_peer_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> WireGuardPeerInventory:
        """Enable or disable a peer; a disabled one is not known to the vrouter."""

    def change_zone_state(self, *, uuid: str, state_event: str, system_tags: Sequence[str] = ()) -> ZoneInventory:
        """Enable or disable a zone."""

    def check_api_permission(
        self,
        *,
        user_uuid: str | None = None,
        api_names: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Which actions an account, or one of its users, may call, not looking at single resources."""

    def check_ip_availability(
        self,
        *,
        l3_network_uuid: str,
        ip: str,
        arp_check: bool | None = None,
        ip_range_check: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether an address could be given to a NIC."""

    def check_vip_port_availability(
        self,
        *,
        vip_uuid: str,
        port: int,
        protocol_type: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether a service could have a port of a VIP."""

    def clean_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Clean up after a long job that has failed or was cancelled."""

    def clone_vm_instance(
        self,
        *,
        vm_instance_uuid: str,
        names: Sequence[str],
        strategy: str | None = None,
        vm_nic_params: Sequence[Any] | None = None,
        primary_storage_uuid_for_root_volume: str | None = None,
        primary_storage_uuid_for_data_volume: str | None = None,
        full: bool | None = None,
        root_volume_system_tags: Sequence[str] | None = None,
        data_volume_system_tags: Sequence[str] | None = None,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Copy a VM with its disks."""

    def create_access_control_list(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListInventory:
        """Make an empty list of clients' addresses."""

    def create_access_key(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        account_uuid: str,
        user_uuid: str,
        description: str | None = None,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessKeyInventory:
        """Make a key that signs requests in an account's, or a user's, name. Only this answer shows the secret."""

    def create_account(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        password: str,
        type: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccountInventory:
        """Make an account: it owns what is made by those who are logged in to it."""

    def create_certificate(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        certificate: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> CertificateInventory:
        """Keep a certificate for listeners of https; its private key is never shown again."""

    def create_cluster(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        zone_uuid: str,
        name: str,
        hypervisor_type: str,
        description: str | None = None,
        type: str | None = None,
        architecture: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> ClusterInventory:
        """Make a cluster: hosts that share layer-2 networks."""

    def create_eip(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str,
        vm_nic_uuid: str | None = None,
        used_ip_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Make a VIP into the address of a VM, or of none yet."""

    def create_host_join_token(
        self,
        *,
        cluster_uuid: str,
        name: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Make a single-use token with which one server can join a cluster: `landbridge agent join URL --token
        T`."""

    def create_instance_offering(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        cpu_num: int,
        memory_size: int,
        description: str | None = None,
        reserved_memory_size: int | None = None,
        allocator_strategy: str | None = None,
        sort_key: int | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> InstanceOfferingInventory:
        """Make an instance offering: CPU and memory under a name."""

    def create_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        peer_address: str,
        auth_mode: str | None = None,
        auth_key: str,
        id_type: str | None = None,
        local_id: str | None = None,
        remote_id: str | None = None,
        ike_version: str | None = None,
        ike_auth_algorithm: str | None = None,
        ike_encryption_algorithm: str | None = None,
        ike_dh_group: int | None = None,
        ike_life_time: int | None = None,
        policy_auth_algorithm: str | None = None,
        policy_encryption_algorithm: str | None = None,
        pfs: str | None = None,
        policy_mode: str | None = None,
        transform_protocol: str | None = None,
        life_time: int | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str,
        l3_network_uuid: str | None = None,
        peer_cidrs: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Join subnets of a VPC and networks behind a peer through a tunnel between a VIP and the peer."""

    def create_l2_no_vlan_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        zone_uuid: str,
        physical_interface: str,
        system_tags: Sequence[str] = (),
    ) -> L2NoVlanNetworkInventory:
        """Make an L2 network over a physical interface that every host of a cluster has."""

    def create_l2_vlan_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        zone_uuid: str,
        physical_interface: str,
        vlan: int,
        system_tags: Sequence[str] = (),
    ) -> L2VlanNetworkInventory:
        """Make an L2 network that is a VLAN of a physical interface that every host of a cluster has."""

    def create_l2_vxlan_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        pool_uuid: str,
        vni: int | None = None,
        zone_uuid: str | None = None,
        physical_interface: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VxlanNetworkInventory:
        """Make an isolated overlay network; its VNI comes from the pool's ranges."""

    def create_l2_vxlan_network_pool(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        zone_uuid: str,
        physical_interface: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VxlanNetworkPoolInventory:
        """Make a VXLAN pool: an underlay whose hosts tunnel to each other, and the VNIs for networks on it."""

    def create_l3_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        l2_network_uuid: str,
        description: str | None = None,
        type: str | None = None,
        category: str | None = None,
        ip_version: int | None = None,
        system: bool | None = None,
        dns_domain: str | None = None,
        enable_ipam: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Make an IP network on an L2 network. A VPC subnet has type L3VpcNetwork."""

    def create_load_balancer(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str | None = None,
        ipv6_vip_uuid: str | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Make a load balancer on a VIP; its listeners come one by one."""

    def create_load_balancer_listener(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        load_balancer_uuid: str,
        name: str,
        description: str | None = None,
        load_balancer_port: int,
        instance_port: int | None = None,
        protocol: str | None = None,
        certificate_uuid: str | None = None,
        health_check_protocol: str | None = None,
        health_check_method: str | None = None,
        health_check_uri: str | None = None,
        health_check_http_code: str | None = None,
        acl_status: str | None = None,
        acl_uuids: Sequence[str] | None = None,
        acl_type: str | None = None,
        security_policy_type: str | None = None,
        http_versions: Sequence[str] | None = None,
        tcp_proxy_protocol: str | None = None,
        http_compress_algos: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Open a port of a load balancer; more settings are system tags."""

    def create_load_balancer_server_group(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        load_balancer_uuid: str,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Make a group of servers for listeners of a load balancer."""

    def create_policy(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        statements: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> PolicyInventory:
        """Make a policy: statements with `effect` (Allow, Deny), `actions`, and perhaps `resources` and
        `principals`."""

    def create_policy_route_rule(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        rule_set_uuid: str,
        table_uuid: str,
        rule_number: int,
        dest_ip: str | None = None,
        source_ip: str | None = None,
        dest_port: str | None = None,
        source_port: str | None = None,
        protocol: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteRuleInventory:
        """Send packets that have all of what is given to a table; the smallest number is asked first."""

    def create_policy_route_rule_set(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        v_router_uuid: str,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteRuleSetInventory:
        """Make a set of policy rules for a vrouter."""

    def create_policy_route_table(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        v_router_uuid: str,
        number: int,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteTableInventory:
        """Make a table of routes that policy rules of a vrouter send packets to."""

    def create_policy_route_table_route_entry(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        table_uuid: str,
        destination_cidr: str,
        next_hop_ip: str,
        distance: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteTableRouteEntryInventory:
        """Add a route to a table of policy routes."""

    def create_port_forwarding_rule(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        vip_uuid: str,
        vip_port_start: int,
        vip_port_end: int | None = None,
        private_port_start: int | None = None,
        private_port_end: int | None = None,
        protocol_type: str,
        vm_nic_uuid: str | None = None,
        allowed_cidr: str | None = None,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Lead ports of a VIP to ports of a VM, or of none yet."""

    def create_security_group(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Make a security group; its members may talk to each other freely."""

    def create_system_tag(
        self,
        *,
        resource_type: str,
        resource_uuid: str,
        tag: str,
        system_tags: Sequence[str] = (),
    ) -> SystemTagInventory:
        """Put a system tag on a resource."""

    def create_system_tags(
        self,
        *,
        resource_type: str,
        resource_uuid: str,
        tags: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> list[SystemTagInventory]:
        """Put several system tags on a resource."""

    def create_tag(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        value: str,
        description: str | None = None,
        color: str | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> TagPatternInventory:
        """Make a tag that can be attached to many resources."""

    def create_user(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        password: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserInventory:
        """Make a user of your account. Policies say what it may do; at first it may look at everything."""

    def create_user_group(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserGroupInventory:
        """Make a group: users that have policies in common."""

    def create_user_tag(
        self,
        *,
        resource_type: str,
        resource_uuid: str,
        tag: str,
        system_tags: Sequence[str] = (),
    ) -> UserTagInventory:
        """Put a tag of your own on a resource."""

    def create_vip(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        l3_network_uuid: str,
        allocator_strategy: str | None = None,
        ip_range_uuid: str | None = None,
        required_ip: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> VipInventory:
        """Take an address of a network as a VIP: the asked one, or the next free one."""

    def create_virtual_router_offering(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        zone_uuid: str,
        management_network_uuid: str,
        image_uuid: str,
        cpu_num: int,
        memory_size: int,
        public_network_uuid: str | None = None,
        is_default: bool | None = None,
        description: str | None = None,
        reserved_memory_size: int | None = None,
        allocator_strategy: str | None = None,
        sort_key: int | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VirtualRouterOfferingInventory:
        """Make an offering that vrouters are made from: management and public network, image, size."""

    def create_vm_instance(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        l3_network_uuids: Sequence[str] | None = None,
        default_l3_network_uuid: str | None = None,
        instance_offering_uuid: str | None = None,
        cpu_num: int | None = None,
        memory_size: int | None = None,
        reserved_memory_size: int | None = None,
        image_uuid: str | None = None,
        zone_uuid: str | None = None,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        description: str | None = None,
        type: str | None = None,
        strategy: str | None = None,
        platform: str | None = None,
        guest_os_type: str | None = None,
        architecture: str | None = None,
        virtio: bool | None = None,
        vm_nic_params: str | None = None,
        root_disk_offering_uuid: str | None = None,
        root_disk_size: int | None = None,
        data_disk_sizes: Sequence[int] | None = None,
        data_disk_offering_uuids: Sequence[str] | None = None,
        primary_storage_uuid_for_root_volume: str | None = None,
        root_volume_system_tags: Sequence[str] | None = None,
        data_volume_system_tags: Sequence[str] | None = None,
        data_volume_system_tags_on_index: Mapping[str, Any] | None = None,
        ssh_key_pair_uuids: Sequence[str] | None = None,
        disk_a_os: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Make a VM on one or several L3 networks and start it."""

    def create_vm_nic(
        self,
        *,
        l3_network_uuid: str,
        ip: str | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Make a NIC that no VM has yet."""

    def create_vni_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l2_network_uuid: str,
        name: str,
        description: str | None = None,
        start_vni: int,
        end_vni: int,
        system_tags: Sequence[str] = (),
    ) -> VniRangeInventory:
        """Give a VXLAN pool VNIs to hand out."""

    def create_vpc_shared_qos(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vpc_uuid: str,
        l3_network_uuid: str,
        bandwidth: int,
        system_tags: Sequence[str] = (),
    ) -> VpcSharedQosInventory:
        """Make a bandwidth that VIPs of a vrouter's public network share."""

    def create_vpc_vrouter(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        virtual_router_offering_uuid: str,
        description: str | None = None,
        zone_uuid: str | None = None,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        primary_storage_uuid_for_root_volume: str | None = None,
        root_volume_system_tags: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> VpcRouterVmInventory:
        """Make a vrouter from an offering and start it."""

    def create_vrouter_route_table(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Make a route table, for any number of vrouters."""

    def create_vxlan_pool_remote_vtep(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l2_network_uuid: str,
        cluster_uuid: str,
        remote_vtep_ip: str,
        system_tags: Sequence[str] = (),
    ) -> RemoteVtepInventory:
        """Let a VXLAN device that is none of our hosts take part in all networks of a pool, beside a cluster's
        hosts."""

    def create_vxlan_vtep(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        host_uuid: str,
        pool_uuid: str,
        vtep_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VtepInventory:
        """Give a host its VTEP in a pool by hand, where attaching the pool could not."""

    def create_wireguard_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str,
        l3_network_uuids: Sequence[str],
        listen_port: int | None = None,
        address: str | None = None,
        private_key: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardConnectionInventory:
        """Let peers reach subnets through a UDP port of a VIP."""

    def create_wireguard_peer(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        connection_uuid: str,
        public_key: str,
        allowed_cidrs: Sequence[str],
        preshared_key: str | None = None,
        endpoint: str | None = None,
        persistent_keepalive: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardPeerInventory:
        """Let a peer use a connection: a site with an endpoint, or somebody on the road."""

    def create_zone(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        is_default: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> ZoneInventory:
        """Make a zone: the failure domain that clusters live in."""

    def delete_access_control_list(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a list that no listener heeds."""

    def delete_access_key(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a key."""

    def delete_account(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete an account, its users, policies, keys and shares. Enforcing: what it owns becomes the admin's."""

    def delete_agent(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Revoke an agent's certificate: its server can only come back with a new join token."""

    def delete_backup_storage(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Remove a store of images."""

    def delete_certificate(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a certificate that no listener presents."""

    def delete_cluster(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete an empty cluster."""

    def delete_eip(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete an EIP; its VIP stays and is free."""

    def delete_host(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Take a host out of the cloud; its agent removes everything of ours from it."""

    def delete_image(
        self,
        *,
        uuid: str,
        backup_storage_uuids: Sequence[str] | None = None,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an image."""

    def delete_instance_offering(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an offering. VMs made from it stay as they are."""

    def delete_ip_address(
        self,
        *,
        l3_network_uuid: str,
        used_ip_uuids: Sequence[str],
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give back addresses that are in use on paper only; refused for those that somebody has."""

    def delete_ip_range(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an IP range; refused while an address of it is in use."""

    def delete_ipsec_connection(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a connection; its tunnel ends."""

    def delete_l2_network(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an L2 network; a pool goes with its networks. Refused while an L3 network is on it."""

    def delete_l3_network(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an L3 network; refused while a NIC is on it."""

    def delete_load_balancer(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a load balancer with its listeners and server groups; its VIP stays."""

    def delete_load_balancer_listener(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LoadBalancerInventory:
        """Close a port of a load balancer; its default server group goes with it."""

    def delete_load_balancer_server_group(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Delete a server group; its listeners go on without its servers."""

    def delete_long_job(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Forget a long job that has ended."""

    def delete_nic_qos(self, *, uuid: str, direction: str, system_tags: Sequence[str] = ()) -> None:
        """Take the limit of one direction of a NIC away."""

    def delete_policy(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete a policy, wherever it is attached."""

    def delete_policy_route_rule(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a policy rule."""

    def delete_policy_route_rule_set(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a rule set with its rules; `Enforcing` detaches it from networks."""

    def delete_policy_route_table(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a table with its routes; `Enforcing` also the rules that lead to it."""

    def delete_policy_route_table_route_entry(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a route of a table of policy routes."""

    def delete_port_forwarding_rule(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a rule; its ports are free."""

    def delete_primary_storage(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Remove a storage."""

    def delete_reserved_ip_range(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Hand out these addresses again."""

    def delete_resource_config(
        self,
        *,
        category: str,
        name: str,
        resource_uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let a resource have the value that all have."""

    def delete_security_group(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a security group: its NICs leave it, and rules of other groups that name it go."""

    def delete_security_group_rule(
        self,
        *,
        rule_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Delete rules of a group; those that are gone already are fine."""

    def delete_tag(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Take a tag off its resource; one that is attached to many goes everywhere."""

    def delete_user(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete a user, its sessions and keys."""

    def delete_user_group(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a group; its users stay."""

    def delete_vip(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Give a VIP back; the EIP, the forwarding rules and whatever else is on it goes with it."""

    def delete_vip_qos(self, *, uuid: str, port: int | None = None, system_tags: Sequence[str] = ()) -> None:
        """Take the limit of a VIP as a whole away, or that of one of its ports."""

    def delete_vm_hostname(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Go back to the host name made of the VM's name."""

    def delete_vm_nic(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete a NIC that no VM has."""

    def delete_vm_nic_from_security_group(
        self,
        *,
        security_group_uuid: str,
        vm_nic_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take NICs out of a security group; those that are not in it are fine."""

    def delete_vm_ssh_key(self, *, uuid: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Take the SSH key off a VM's disk."""

    def delete_vm_static_ip(
        self,
        *,
        vm_instance_uuid: str,
        l3_network_uuid: str,
        static_ip: str | None = None,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let a VM's address in a network be any again."""

    def delete_vni_range(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a VNI range and the VXLAN networks whose VNI lies in it; refused while one is in use."""

    def delete_vpc_shared_qos(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a shared bandwidth; its VIPs keep limits of their own."""

    def delete_vrouter_route_entry(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        route_table_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Delete an entry of a route table."""

    def delete_vrouter_route_table(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a route table and its entries; `Enforcing` takes it from the vrouters that have it."""

    def delete_vxlan_l2_network(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a VXLAN network. Refused while an L3 network is on it."""

    def delete_vxlan_pool_remote_vtep(
        self,
        *,
        l2_network_uuid: str,
        cluster_uuid: str,
        remote_vtep_ip: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Send to a VXLAN device of somebody else no more."""

    def delete_wireguard_connection(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a connection and its peers."""

    def delete_wireguard_peer(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a peer."""

    def delete_zone(self, *, uuid: str, delete_mode: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Delete an empty zone."""

    def destroy_vm_instance(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Destroy a VM or vrouter: it stops and its NICs go; Expunge removes the rest."""

    def detach_backup_storage_from_zone(
        self,
        *,
        backup_storage_uuid: str,
        zone_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Take a store of images from a zone."""

    def detach_eip(self, *, uuid: str, system_tags: Sequence[str] = ()) -> EipInventory:
        """Take an EIP from its VM; its connections end."""

    def detach_l2_network_from_cluster(
        self,
        *,
        l2_network_uuid: str,
        cluster_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Take an L2 network from a cluster; refused while a NIC of it is plugged there."""

    def detach_l3_network_from_vm(
        self,
        *,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Remove a NIC from a VM or vrouter."""

    def detach_l3_networks_from_ipsec_connection(
        self,
        *,
        uuid: str,
        l3_network_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Subnets on our side leave a connection."""

    def detach_network_service_from_l3_network(
        self,
        *,
        l3_network_uuid: str,
        network_services: Mapping[str, Any] | None = None,
        service: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Take network services from an L3 network."""

    def detach_policies_from_user(
        self,
        *,
        policy_uuids: Sequence[str],
        user_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take several policies off a user."""

    def detach_policy_from_user(self, *, policy_uuid: str, user_uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Take a policy off a user."""

    def detach_policy_from_user_group(
        self,
        *,
        policy_uuid: str,
        group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a policy off a group."""

    def detach_policy_route_rule_set_from_l3(
        self,
        *,
        l3_uuid: str,
        rule_set_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Apply a rule set to packets from a network no more."""

    def detach_port_forwarding_rule(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Lead a rule's ports nowhere; connections through them end."""

    def detach_primary_storage_from_cluster(
        self,
        *,
        primary_storage_uuid: str,
        cluster_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Take a storage from a cluster."""

    def detach_security_group_from_l3_network(
        self,
        *,
        security_group_uuid: str,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Note that a group is not for an L3 network any more; NICs stay in it."""

    def detach_tag_from_resources(
        self,
        *,
        tag_uuid: str,
        resource_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a tag off resources."""

    def detach_vip_from_vpc_shared_qos(
        self,
        *,
        shared_qos_uuid: str,
        vip_uuids: Sequence[str] | None = None,
        vip_lists: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take VIPs out of a shared bandwidth."""

    def detach_vrouter_route_table_from_vrouter(
        self,
        *,
        route_table_uuid: str,
        virtual_router_vm_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Take a route table from a vrouter."""

    def explain_vrouter_route_table(
        self,
        *,
        virtual_router_vm_uuid: str,
        destination: str,
        source: str | None = None,
        l3_network_uuid: str | None = None,
        protocol: str | None = None,
        port: int | None = None,
        source_port: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Which route of a vrouter carries packets to an address, and which would if that one went."""

    def expunge_image(
        self,
        *,
        image_uuid: str,
        uuid: str | None = None,
        backup_storage_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an image for good."""

    def expunge_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Remove what is left of a destroyed VM."""

    def get_account_quota_usage(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """How much an account has, and how much it may have."""

    def get_attachable_public_l3_for_vrouter(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the public networks that can be attached to a vrouter."""

    def get_attachable_vpc_l3_network(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the VPC subnets that can be attached to a vrouter."""

    def get_candidate_clusters_for_attaching_l2_network(
        self,
        *,
        l2_network_uuid: str,
        cluster_types: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[ClusterInventory]:
        """The clusters that an L2 network could be attached to."""

    def get_candidate_l2_networks_for_attaching_cluster(
        self,
        *,
        cluster_uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L2NetworkInventory]:
        """The L2 networks that could be attached to a cluster."""

    def get_candidate_l3_networks_for_change_vm_nic_network(
        self,
        *,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the networks that a NIC of a stopped VM can move to."""

    def get_candidate_l3_networks_for_ipsec_connection(
        self,
        *,
        uuid: str | None = None,
        public_l3_uuid: str | None = None,
        vip_uuid: str | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """Networks that may join a connection, or one that is made on a VIP or a public network."""

    def get_candidate_l3_networks_for_load_balancer(
        self,
        *,
        listener_uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """Networks whose NICs a listener could send to."""

    def get_candidate_l3_networks_for_server_group(
        self,
        *,
        server_group_uuid: str | None = None,
        load_balancer_uuid: str | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """Networks whose NICs could be in a server group, or in one made in a load balancer."""

    def get_candidate_vm_nic_for_security_group(
        self,
        *,
        security_group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """List the NICs that could be put into a security group."""

    def get_candidate_vm_nics_for_load_balancer(
        self,
        *,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that a listener could send to."""

    def get_candidate_vm_nics_for_load_balancer_server_group(
        self,
        *,
        servergroup_uuid: str | None = None,
        load_balancer_uuid: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that could be in a server group, or in one made in a load balancer."""

    def get_candidate_zones_clusters_hosts_for_creating_vm(
        self,
        *,
        image_uuid: str,
        l3_network_uuids: Sequence[str],
        instance_offering_uuid: str | None = None,
        root_disk_offering_uuid: str | None = None,
        root_disk_size: int | None = None,
        data_disk_offering_uuids: Sequence[str] | None = None,
        cpu_num: int | None = None,
        memory_size: int | None = None,
        zone_uuid: str | None = None,
        cluster_uuid: str | None = None,
        default_l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List where a VM could be made."""

    def get_cpu_memory_capacity(
        self,
        *,
        zone_uuids: Sequence[str] | None = None,
        cluster_uuids: Sequence[str] | None = None,
        host_uuids: Sequence[str] | None = None,
        hypervisor_type: str | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add up processors and memory of hosts, of clusters, of zones, or of everything."""

    def get_current_time(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The server's time."""

    def get_dhcp_leases(
        self,
        *,
        l3_network_uuid: str | None = None,
        vm_instance_uuid: str | None = None,
        host_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How NICs stand with DHCP, of a network, a VM, a host, or what they have in common; asks the hosts."""

    def get_eip_attachable_vm_nics(
        self,
        *,
        eip_uuid: str | None = None,
        vip_uuid: str | None = None,
        vm_uuid: str | None = None,
        vm_name: str | None = None,
        network_service_provider: str | None = None,
        attached_to_vm: bool | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that an EIP, or one made on a VIP, may be attached to."""

    def get_free_ip(
        self,
        *,
        l3_network_uuid: str | None = None,
        ip_range_uuid: str | None = None,
        start: str | None = None,
        ip_range_type: str | None = None,
        ip_version: int | None = None,
        limit: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Free addresses of an L3 network or of one of its ranges."""

    def get_free_ip_of_ip_range(
        self,
        *,
        l3_network_uuid: str | None = None,
        ip_range_uuid: str | None = None,
        start: str | None = None,
        ip_range_type: str | None = None,
        ip_version: int | None = None,
        limit: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Free addresses of an IP range."""

    def get_free_ip_of_l3_network(
        self,
        *,
        l3_network_uuid: str | None = None,
        ip_range_uuid: str | None = None,
        start: str | None = None,
        ip_range_type: str | None = None,
        ip_version: int | None = None,
        limit: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Free addresses of an L3 network."""

    def get_global_config_options(
        self,
        *,
        category: str,
        name: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What a setting may be set to."""

    def get_host_network_facts(self, *, host_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """List a host's network interfaces as its agent reported them."""

    def get_hypervisor_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """List the kinds of hosts there can be."""

    def get_interdependent_l3_networks_images(
        self,
        *,
        zone_uuid: str,
        l3_network_uuids: Sequence[str] | None = None,
        image_uuid: str | None = None,
        raise_exception: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """List the images that VMs on some networks can be made from, or the networks for VMs of an image."""

    def get_ip_address_capacity(
        self,
        *,
        zone_uuids: Sequence[str] | None = None,
        l3_network_uuids: Sequence[str] | None = None,
        ip_range_uuids: Sequence[str] | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How many addresses there are and are left, in ranges, networks or zones."""

    def get_ipsec_connection_status(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """How a connection is: up or down, its pairs of networks, and why phase 1 or 2 fails; asks its host."""

    def get_l2_network_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The types of L2 networks."""

    def get_l3_network_dhcp_ip_address(
        self,
        *,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The address that DHCP is answered from, the same on every host."""

    def get_l3_network_ip_statistic(
        self,
        *,
        l3_network_uuid: str,
        resource_type: str | None = None,
        ip: str | None = None,
        sort_by: str | None = None,
        sort_direction: str | None = None,
        start: int | None = None,
        limit: int | None = None,
        reply_with_count: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The addresses of an L3 network that are in use, and by whom."""

    def get_l3_network_mtu(self, *, l3_network_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The size of the largest packet in a network."""

    def get_l3_network_router_interface_ip(
        self,
        *,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The address of the router's interface in a network."""

    def get_l3_network_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The types of L3 networks."""

    def get_load_balancer_listener_acl_entries(
        self,
        *,
        listener_uuids: Sequence[str] | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The entries of the lists that listeners heed, by listener."""

    def get_load_balancer_listener_health(
        self,
        *,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How a listener does: its connections and bytes, and whether each server lives; asks its vrouter's
        host."""

    def get_network_service_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Service types, and the provider types that have each."""

    def get_nic_qos(
        self,
        *,
        uuid: str,
        force_sync: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Show the limits of a NIC, and the most that could be set; -1: not limited."""

    def get_policy_route_rule_set_from_virtual_router(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[PolicyRouteRuleSetInventory]:
        """The rule sets of a vrouter."""

    def get_port_forwarding_attachable_vm_nics(
        self,
        *,
        rule_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that a rule may lead to."""

    def get_resource_account(
        self,
        *,
        resource_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The accounts that own resources."""

    def get_resource_bindable_config(
        self,
        *,
        category: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Which settings resources may have values of their own for."""

    def get_resource_config(
        self,
        *,
        category: str,
        name: str,
        resource_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The value of a setting that is in force for a resource, and where it comes from."""

    def get_resource_configs(
        self,
        *,
        category: str,
        names: Sequence[str],
        resource_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The values of several settings that are in force for a resource."""

    def get_resource_names(self, *, uuids: Sequence[str], system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """What resources are called."""

    def get_route_table_vpc_vrouter_candidate(
        self,
        *,
        table_uuid: str | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VpcRouterVmInventory]:
        """The vrouters that could be given a route table."""

    def get_security_group_rule_counters(
        self,
        *,
        security_group_uuid: str | None = None,
        rule_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What the rules of a group, or some rules, have let pass and dropped; asks every host with NICs in the
        groups."""

    def get_support_ap_is(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The names of all actions that there are."""

    def get_task_progress(
        self,
        *,
        api_id: str | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How far a job is."""

    def get_version(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The server's version."""

    def get_vip_available_port(
        self,
        *,
        vip_uuid: str,
        protocol_type: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Ports of a VIP that a service could have, ascending."""

    def get_vip_qos(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Show the limits of a VIP, and what really holds for each."""

    def get_vip_used_ports(self, *, uuid: str, protocol: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Ports and ranges of ports of a VIP that are taken."""

    def get_virtual_router_software_version(
        self,
        *,
        uuid: str | None = None,
        software_name: str,
        need_update: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The version of the IPsec software of running vrouters; asks their hosts."""

    def get_vm_attachable_l3_network(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the networks that can be attached to a VM."""

    def get_vm_boot_order(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """From what a VM boots."""

    def get_vm_capabilities(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """What can be done with a VM."""

    def get_vm_console_address(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Where a VM's screen is."""

    def get_vm_hostname(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The host name that was set for a VM."""

    def get_vm_migration_candidate_hosts(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[HostInventory]:
        """List the hosts that a VM can be moved to."""

    def get_vm_nic_attachable_eips(
        self,
        *,
        vm_nic_uuid: str,
        ip_version: int | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[EipInventory]:
        """EIPs that may be attached to a NIC."""

    def get_vm_nic_attached_network_service(
        self,
        *,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List what leads to a NIC or guards it."""

    def get_vm_nic_counters(
        self,
        *,
        vm_nic_uuids: Sequence[str] | None = None,
        vm_instance_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What has passed and what was dropped at NICs, by reason and rule; asks the hosts."""

    def get_vm_nic_drops(
        self,
        *,
        vm_instance_uuid: str | None = None,
        vm_nic_uuid: str | None = None,
        cursor: str | None = None,
        wait: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What is being dropped at a NIC, or at all NICs of a VM or vrouter, and why; asks the host."""

    def get_vm_ssh_key(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Read the SSH key on a VM's disk."""

    def get_vm_starting_candidate_clusters_hosts(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List the hosts that a stopped VM could start on, and their clusters."""

    def get_vpc_attached_eip(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[EipInventory]:
        """The EIPs that a vrouter translates."""

    def get_vpc_attached_ipsec(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[IPsecConnectionInventory]:
        """The IPsec connections that a vrouter does."""

    def get_vpc_attached_load_balancer(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[LoadBalancerInventory]:
        """List the load balancers on a vrouter."""

    def get_vpc_attached_netflow(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List the flow meters of a vrouter: it has none."""

    def get_vpc_attached_ospf(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List the OSPF areas of a vrouter: it has none."""

    def get_vpc_attached_port_forwarding_rules(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[PortForwardingRuleInventory]:
        """The port forwarding rules that a vrouter carries out."""

    def get_vpc_attached_vip(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VipInventory]:
        """The VIPs that a vrouter has."""

    def get_vpc_ipsec_log(
        self,
        *,
        uuid: str,
        lines: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What the IPsec daemon of a vrouter has said last; asks its host."""

    def get_vpc_vrouter_distributed_routing_connections(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How each pair that talks through a vrouter stands with distributed routing; asks its hosts."""

    def get_vpc_vrouter_distributed_routing_enabled(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether hosts route between a vrouter's subnets themselves."""

    def get_vpc_vrouter_network_service_state(
        self,
        *,
        uuid: str,
        network_service: str,
        l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether a vrouter's source NAT is on."""

    def get_vpc_vrouter_runtime(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """What a vrouter is at this moment: routes, neighbours, nftables, connections, what failed; asks its
        host."""

    def get_vrouter_route_table(
        self,
        *,
        virtual_router_vm_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The routes of a vrouter's kernel at this moment, and the entries of its table that are not among them."""

    def get_vswitch_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The kinds of switches that hosts have."""

    def get_zone(self, *, uuid: str, system_tags: Sequence[str] = ()) -> list[ZoneInventory]:
        """Read one zone."""

    def is_opensource_version(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Whether this is free software."""

    def is_ready_to_go(self, *, management_node_id: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Whether a copy of the server takes requests."""

    def log_in(
        self,
        *,
        username: str,
        password: str,
        login_type: str,
        captcha_uuid: str | None = None,
        verify_code: str | None = None,
        client_info: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Open a session as an account, or as a user of the account that `properties` names."""

    def log_in_by_account(
        self,
        *,
        account_name: str,
        password: str,
        account_type: str | None = None,
        captcha_uuid: str | None = None,
        verify_code: str | None = None,
        client_info: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Open a session with an account's name and password."""

    def log_in_by_user(
        self,
        *,
        account_uuid: str | None = None,
        account_name: str | None = None,
        user_name: str,
        password: str,
        client_info: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Open a session as a user of an account."""

    def log_out(
        self,
        *,
        session_uuid: str | None = None,
        client_info: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Close a session."""

    def migrate_vm(
        self,
        *,
        vm_instance_uuid: str,
        host_uuid: str | None = None,
        migrate_from_destination: bool | None = None,
        allow_unknown: bool | None = None,
        strategy: str | None = None,
        down_time: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Move a running VM to another host; it keeps its MAC and IP addresses and its connections."""

    def pause_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Stop a VM's clock."""

    def provision_virtual_router_config(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> ApplianceVmInventory:
        """Tell a vrouter all that it should do once more."""

    def query_access_control_list(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccessControlListInventory]:
        """Find access control lists."""

    def query_access_key(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccessKeyInventory]:
        """Find access keys."""

    def query_account(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccountInventory]:
        """Find accounts."""

    def query_account_resource_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccountResourceRefInventory]:
        """Find out which account owns what."""

    def query_address_pool(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AddressPoolInventory]:
        """Find the address pools of public networks."""

    def query_agent(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AgentInventory]:
        """Find agents: those of hosts, and those that wait to be claimed."""

    def query_appliance_vm(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ApplianceVmInventory]:
        """Find appliance VMs."""

    def query_backup_storage(self, *, system_tags: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Find stores of images."""

    def query_certificate(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[CertificateInventory]:
        """Find certificates."""

    def query_cluster(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ClusterInventory]:
        """Find clusters."""

    def query_eip(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[EipInventory]:
        """Find EIPs."""

    def query_event_log(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[EventLogInventory]:
        """Find out who did what, when, and how it ended."""

    def query_global_config(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[GlobalConfigInventory]:
        """Find global configs."""

    def query_host(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[HostInventory]:
        """Find hosts."""

    def query_host_network_bonding(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[HostNetworkBondingInventory]:
        """Find bonds of hosts."""

    def query_host_network_interface(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[HostNetworkInterfaceInventory]:
        """Find interfaces of hosts."""

    def query_image(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ImageInventory]:
        """Find images."""

    def query_instance_offering(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[InstanceOfferingInventory]:
        """Find instance offerings."""

    def query_ip_address(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UsedIpInventory]:
        """Find addresses in use."""

    def query_ip_range(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[IpRangeInventory]:
        """Find IP ranges."""

    def query_ipsec_connection(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[IPsecConnectionInventory]:
        """Find IPsec connections."""

    def query_l2_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[L2NetworkInventory]:
        """Find L2 networks of any type."""

    def query_l2_vlan_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[L2VlanNetworkInventory]:
        """Find VLAN networks."""

    def query_l2_vxlan_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VxlanNetworkInventory]:
        """Find VXLAN networks."""

    def query_l2_vxlan_network_pool(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VxlanNetworkPoolInventory]:
        """Find VXLAN pools."""

    def query_l3_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[L3NetworkInventory]:
        """Find L3 networks."""

    def query_load_balancer(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LoadBalancerInventory]:
        """Find load balancers."""

    def query_load_balancer_listener(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LoadBalancerListenerInventory]:
        """Find listeners of load balancers."""

    def query_load_balancer_server_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LoadBalancerServerGroupInventory]:
        """Find server groups of load balancers."""

    def query_long_job(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LongJobInventory]:
        """Find actions in the background."""

    def query_management_node(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ManagementNodeInventory]:
        """Find the copies of the server."""

    def query_network_service_l3_network_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[NetworkServiceL3NetworkRefInventory]:
        """Find which services are attached to which networks."""

    def query_network_service_provider(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[NetworkServiceProviderInventory]:
        """Find who provides network services."""

    def query_policy(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyInventory]:
        """Find policies."""

    def query_policy_route_rule(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleInventory]:
        """Find policy rules."""

    def query_policy_route_rule_set(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleSetInventory]:
        """Find sets of policy rules."""

    def query_policy_route_rule_set_l3_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleSetL3RefInventory]:
        """Find which networks have which policy rules."""

    def query_policy_route_rule_set_vrouter_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleSetVRouterRefInventory]:
        """Find which vrouters have which policy rules."""

    def query_policy_route_table(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteTableInventory]:
        """Find tables of policy routes."""

    def query_policy_route_table_route_entry(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteTableRouteEntryInventory]:
        """Find routes of policy tables."""

    def query_policy_route_table_vrouter_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteTableVRouterRefInventory]:
        """Find which vrouters have which policy tables."""

    def query_port_forwarding_rule(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PortForwardingRuleInventory]:
        """Find port forwarding rules."""

    def query_primary_storage(self, *, system_tags: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Find storages."""

    def query_quota(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[QuotaInventory]:
        """Find quotas."""

    def query_resource_config(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ResourceConfigInventory]:
        """Find the settings that single resources have."""

    def query_security_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SecurityGroupInventory]:
        """Find security groups."""

    def query_security_group_rule(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SecurityGroupRuleInventory]:
        """Find rules of security groups."""

    def query_shared_resource(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SharedResourceInventory]:
        """Find out what is shared with whom."""

    def query_system_tag(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SystemTagInventory]:
        """Find system tags."""

    def query_tag(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[TagPatternInventory]:
        """Find tags that can be attached to many resources."""

    def query_user(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UserInventory]:
        """Find users."""

    def query_user_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UserGroupInventory]:
        """Find groups of users."""

    def query_user_tag(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UserTagInventory]:
        """Find users' tags on resources."""

    def query_vip(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VipInventory]:
        """Find VIPs."""

    def query_virtual_router_offering(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VirtualRouterOfferingInventory]:
        """Find vrouter offerings."""

    def query_virtual_router_vm(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VirtualRouterVmInventory]:
        """Find vrouters."""

    def query_virtual_router_vrouter_route_table_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VirtualRouterVRouterRouteTableRefInventory]:
        """Find which vrouters have which route tables."""

    def query_vm_instance(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmInstanceInventory]:
        """Find VMs and vrouters."""

    def query_vm_nic(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicInventory]:
        """Find NICs."""

    def query_vm_nic_allowed_address_pair(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicAllowedAddressPairInventory]:
        """Find allowed address pairs."""

    def query_vm_nic_in_security_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicSecurityGroupRefInventory]:
        """Find which NICs are in which groups."""

    def query_vm_nic_security_policy(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicSecurityPolicyInventory]:
        """Find NICs' policies."""

    def query_vni_range(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VniRangeInventory]:
        """Find VNI ranges."""

    def query_volume(self, *, system_tags: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Find volumes."""

    def query_vpc_router(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VpcRouterVmInventory]:
        """Find VPC vrouters."""

    def query_vpc_shared_qos(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VpcSharedQosInventory]:
        """Find bandwidths that VIPs share."""

    def query_vpc_snat_state(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VpcSnatStateInventory]:
        """Find the source NAT states of vrouters."""

    def query_vrouter_route_entry(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VRouterRouteEntryInventory]:
        """Find entries of route tables."""

    def query_vrouter_route_table(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VRouterRouteTableInventory]:
        """Find route tables."""

    def query_vtep(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VtepInventory]:
        """Find the hosts' tunnel ends."""

    def query_wireguard_connection(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[WireGuardConnectionInventory]:
        """Find WireGuard connections."""

    def query_wireguard_peer(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[WireGuardPeerInventory]:
        """Find WireGuard peers."""

    def query_zone(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ZoneInventory]:
        """Find zones."""

    def reboot_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> VmInstanceInventory:
        """Restart a running VM or vrouter on its host."""

    def reconnect_host(self, *, uuid: str, system_tags: Sequence[str] = ()) -> HostInventory:
        """Have a host's agent read its kernel anew and report its facts, and check them again (VTEPs,
        interfaces)."""

    def reconnect_ipsec_connection(self, *, uuid: str, system_tags: Sequence[str] = ()) -> IPsecConnectionInventory:
        """End a connection's tunnel and make it again."""

    def reconnect_virtual_router(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> ApplianceVmInventory:
        """Make sure that a vrouter does all that it should."""

    def recover_image(
        self,
        *,
        image_uuid: str,
        backup_storage_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Bring a deleted image back."""

    def recover_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> VmInstanceInventory:
        """Take a destroyed VM back; it is Stopped and has no NICs."""

    def refresh_load_balancer(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LoadBalancerInventory:
        """Wait until a load balancer's vrouter is as it must be."""

    def reimage_vm_instance(self, *, vm_instance_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Put a VM's disk back to its image."""

    def remove_access_control_list_entry(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        acl_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListInventory:
        """Take addresses off a list."""

    def remove_access_control_list_from_load_balancer(
        self,
        *,
        acl_uuids: Sequence[str],
        listener_uuid: str,
        server_group_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Let a listener heed lists no longer."""

    def remove_backend_server_from_server_group(
        self,
        *,
        server_group_uuid: str,
        vm_nic_uuids: Sequence[str] | None = None,
        server_ips: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Take servers out of a group; connections that they have go on to their ends."""

    def remove_certificate_from_load_balancer_listener(
        self,
        *,
        certificate_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Present a certificate no longer; without any, the listener is closed."""

    def remove_dns_from_l3_network(
        self,
        *,
        l3_network_uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Take a DNS server from a network."""

    def remove_dns_from_vpc_router(
        self,
        *,
        uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> VpcRouterVmInventory:
        """Remove an upstream resolver from a vrouter."""

    def remove_host_route_from_l3_network(
        self,
        *,
        l3_network_uuid: str,
        prefix: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Take a host route from a network."""

    def remove_remote_cidrs_from_ipsec_connection(
        self,
        *,
        uuid: str,
        peer_cidrs: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Networks behind the peer leave a connection."""

    def remove_server_group_from_load_balancer_listener(
        self,
        *,
        server_group_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Send nothing new of a listener to the servers of a group."""

    def remove_user_from_group(self, *, user_uuid: str, group_uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Take a user out of a group."""

    def remove_vm_nic_allowed_address_pair(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take an allowed address pair from its NIC."""

    def remove_vm_nic_from_load_balancer(
        self,
        *,
        vm_nic_uuids: Sequence[str],
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Send nothing new to NICs; connections that they have go on to their ends."""

    def renew_session(
        self,
        *,
        session_uuid: str,
        duration: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Let a session live longer."""

    def request_console_access(self, *, vm_instance_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Open a VM's screen."""

    def rerun_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LongJobInventory:
        """Run a long job once more that has ended."""

    def reset_global_config(self, *, system_tags: Sequence[str] = ()) -> None:
        """Give every setting its default again."""

    def resume_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LongJobInventory:
        """Go on with a suspended long job."""

    def resume_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Let a paused VM go on."""

    def revoke_resource_sharing(
        self,
        *,
        resource_uuids: Sequence[str],
        to_public: bool | None = None,
        account_uuids: Sequence[str] | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take shares back. What was made with them stays and works; nothing new can be."""

    def set_l3_network_mtu(self, *, l3_network_uuid: str, mtu: int, system_tags: Sequence[str] = ()) -> None:
        """Set the size of the largest packet in a network."""

    def set_l3_network_router_interface_ip(
        self,
        *,
        l3_network_uuid: str,
        router_interface_ip: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give the router's interface another address than the gateway."""

    def set_nic_qos(
        self,
        *,
        uuid: str,
        outbound_bandwidth: int | None = None,
        inbound_bandwidth: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Limit the bandwidth of a VM's NIC."""

    def set_vip_qos(
        self,
        *,
        uuid: str,
        port: int | None = None,
        outbound_bandwidth: int | None = None,
        inbound_bandwidth: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> VipQosInventory:
        """Limit the bandwidth of a VIP, or of one of its ports within that."""

    def set_vm_boot_order(
        self,
        *,
        uuid: str,
        boot_order: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Choose from what a VM boots."""

    def set_vm_clean_traffic(
        self,
        *,
        uuid: str,
        enable: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Switch a VM's anti-spoofing on or off, at once."""

    def set_vm_hostname(self, *, uuid: str, hostname: str, system_tags: Sequence[str] = ()) -> None:
        """Set the host name that DHCP tells a VM."""

    def set_vm_nic_security_group(
        self,
        *,
        vm_nic_uuid: str,
        refs: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Put a NIC into exactly these security groups, in this order."""

    def set_vm_ssh_key(self, *, uuid: str, ssh_key: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Put an SSH key onto a VM's disk."""

    def set_vm_static_ip(
        self,
        *,
        vm_instance_uuid: str,
        l3_network_uuid: str,
        ip: str | None = None,
        ip6: str | None = None,
        netmask: str | None = None,
        gateway: str | None = None,
        ipv6_gateway: str | None = None,
        ipv6_prefix: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a VM's NIC an address of its network that it keeps."""

    def set_vpc_vrouter_distributed_routing_enabled(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Have hosts route between a vrouter's subnets themselves, or leave it to the vrouter."""

    def set_vpc_vrouter_network_service_state(
        self,
        *,
        uuid: str,
        network_service: str,
        state: str,
        l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Switch a vrouter's source NAT on or off, towards one public network or all."""

    def share_resource(
        self,
        *,
        resource_uuids: Sequence[str],
        account_uuids: Sequence[str] | None = None,
        to_public: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let other accounts use networks, pools, offerings, security groups, certificates or access control
        lists."""

    def start_vm_instance(
        self,
        *,
        uuid: str,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Start a stopped VM or vrouter."""

    def stop_vm_instance(
        self,
        *,
        uuid: str,
        type: str | None = None,
        stop_ha: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Stop a running VM or vrouter; it keeps its addresses."""

    def submit_long_job(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        job_name: str,
        job_data: str,
        name: str | None = None,
        description: str | None = None,
        target_resource_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LongJobInventory:
        """Run an action in the background."""

    def update_account(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        password: str | None = None,
        old_password: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccountInventory:
        """Change an account's name, description or password; everybody else who acts for it logs in anew then."""

    def update_certificate(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> CertificateInventory:
        """Change a certificate's name or description."""

    def update_cluster(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> ClusterInventory:
        """Change a cluster's name or description."""

    def update_eip(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Change an EIP's name or description."""

    def update_global_config(
        self,
        *,
        category: str,
        name: str,
        value: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> GlobalConfigInventory:
        """Change a setting of the whole cloud."""

    def update_host(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        management_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Change a host's name, description or management address."""

    def update_image(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        guest_os_type: str | None = None,
        media_type: str | None = None,
        format: str | None = None,
        system: bool | None = None,
        platform: str | None = None,
        architecture: str | None = None,
        virtio: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Change an image's name and properties."""

    def update_instance_offering(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        allocator_strategy: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> InstanceOfferingInventory:
        """Change an offering's name or description."""

    def update_ip_range(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IpRangeInventory:
        """Rename or describe an IP range."""

    def update_ipsec_connection(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Change a connection's name or description."""

    def update_kvm_host(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        management_ip: str | None = None,
        username: str | None = None,
        password: str | None = None,
        ssh_port: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Change a host's name, description, management address or kept credentials."""

    def update_l2_network(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Rename or describe an L2 network."""

    def update_l3_network(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        dns_domain: str | None = None,
        category: str | None = None,
        system: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Change an L3 network's name, description, DNS domain or category."""

    def update_load_balancer(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Change a load balancer's name or description."""

    def update_load_balancer_listener(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Change a listener's name or description."""

    def update_load_balancer_server_group(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Change a server group's name or description."""

    def update_long_job(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LongJobInventory:
        """Change a long job's name or description."""

    def update_policy_route_rule_set(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteRuleSetInventory:
        """Change a rule set's name or description."""

    def update_port_forwarding_rule(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Change a rule's name or description."""

    def update_quota(
        self,
        *,
        identity_uuid: str,
        name: str,
        value: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> QuotaInventory:
        """Let an account have more of something, or less; what it has stays."""

    def update_resource_config(
        self,
        *,
        category: str,
        name: str,
        resource_uuid: str,
        value: str,
        system_tags: Sequence[str] = (),
    ) -> ResourceConfigInventory:
        """Give a resource its own value of a setting."""

    def update_resource_configs(
        self,
        *,
        resource_uuid: str,
        resource_configs: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> list[ResourceConfigInventory]:
        """Give a resource its own values of several settings."""

    def update_security_group(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Change a security group's name or description."""

    def update_security_group_rule_priority(
        self,
        *,
        security_group_uuid: str,
        type: str,
        rules: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Put all rules of a direction in a new order."""

    def update_system_tag(self, *, uuid: str, tag: str, system_tags: Sequence[str] = ()) -> SystemTagInventory:
        """Change a system tag."""

    def update_tag(
        self,
        *,
        uuid: str,
        name: str | None = None,
        value: str | None = None,
        description: str | None = None,
        color: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> TagPatternInventory:
        """Change a tag's name, text, description or color."""

    def update_user(
        self,
        *,
        uuid: str | None = None,
        name: str | None = None,
        description: str | None = None,
        password: str | None = None,
        old_password: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserInventory:
        """Change a user; a user changes its own password."""

    def update_user_group(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserGroupInventory:
        """Rename a group or describe it."""

    def update_vip(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VipInventory:
        """Change a VIP's name or description."""

    def update_virtual_router(
        self,
        *,
        vm_instance_uuid: str,
        default_route_l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VirtualRouterVmInventory:
        """Move a vrouter's default route to another of its public networks."""

    def update_virtual_router_offering(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        is_default: bool | None = None,
        image_uuid: str | None = None,
        allocator_strategy: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VirtualRouterOfferingInventory:
        """Change a vrouter offering's name, description, image, or whether it is the default."""

    def update_virtual_router_software_version(
        self,
        *,
        uuid: str,
        software_name: str,
        target_version: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Refused: the IPsec software of vrouters is a package of their hosts, whose package manager updates it."""

    def update_vm_instance(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        state: str | None = None,
        default_l3_network_uuid: str | None = None,
        platform: str | None = None,
        cpu_num: int | None = None,
        memory_size: int | None = None,
        reserved_memory_size: int | None = None,
        guest_os_type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Change a VM's name, description, default network or size."""

    def update_vm_network_config(
        self,
        *,
        vm_instance_uuid: str,
        vm_nic_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Write addresses into a guest."""

    def update_vm_nic_driver(
        self,
        *,
        vm_instance_uuid: str,
        vm_nic_uuid: str,
        driver_type: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Choose what device a guest sees."""

    def update_vm_nic_mac(self, *, vm_nic_uuid: str, mac: str, system_tags: Sequence[str] = ()) -> VmNicInventory:
        """Give a NIC of a stopped VM another MAC address."""

    def update_vni_range(self, *, uuid: str, name: str, system_tags: Sequence[str] = ()) -> VniRangeInventory:
        """Rename a VNI range."""

    def update_vpc_shared_qos(
        self,
        *,
        uuid: str,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VpcSharedQosInventory:
        """Change the name or description of a shared bandwidth."""

    def update_vrouter_route_table(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Change a route table's name or description."""

    def update_wireguard_connection(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        l3_network_uuids: Sequence[str] | None = None,
        address: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardConnectionInventory:
        """Change the name, the description, the subnets or the tunnel address of a connection."""

    def update_wireguard_peer(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        allowed_cidrs: Sequence[str] | None = None,
        endpoint: str | None = None,
        persistent_keepalive: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardPeerInventory:
        """Change a peer; absent parameters stay as they are."""

    def update_zone(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        is_default: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> ZoneInventory:
        """Change a zone's name, description or whether it is the default."""

    def validate_security_group_rule(
        self,
        *,
        security_group_uuid: str,
        type: str,
        protocol: str,
        remote_security_group_uuid: str | None = None,
        ip_version: int | None = None,
        src_ip_range: str | None = None,
        dst_ip_range: str | None = None,
        dst_port_range: str | None = None,
        action: str | None = None,
        start_port: int | None = None,
        end_port: int | None = None,
        allowed_cidr: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Ask whether a rule could be added."""

    def validate_session(self, *, session_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Ask whether a session is open."""

    def zql_query(self, *, zql: str | None = None, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Ask in ZQL: query, count and sum, with sub-queries, and several at once."""


class AsyncMethods:
    """Every action as a method to be awaited."""

    async def add_access_control_list_entry(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        acl_uuid: str,
        entries: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListEntryInventory:
        """Put addresses on a list; listeners heed them at once."""

    async def add_access_control_list_redirect_rule(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        acl_uuid: str,
        name: str | None = None,
        description: str | None = None,
        domain: str | None = None,
        url: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListEntryInventory:
        """Give an empty list its rule: for requests of which host, below which path it is."""

    async def add_access_control_list_to_load_balancer(
        self,
        *,
        acl_uuids: Sequence[str],
        acl_type: str,
        listener_uuid: str,
        server_group_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Let a listener heed lists: clients on them (white) or not on them (black) come in, or requests are led
        on."""

    async def add_backend_server_to_server_group(
        self,
        *,
        server_group_uuid: str,
        vm_nics: Sequence[Any] | None = None,
        servers: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Put servers into a group."""

    async def add_certificate_to_load_balancer_listener(
        self,
        *,
        certificate_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Present a certificate; the first is for clients whose name is in none of the others (SNI)."""

    async def add_dns_to_l3_network(
        self,
        *,
        l3_network_uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Add a DNS server that the network's VMs are told."""

    async def add_dns_to_vpc_router(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> VpcRouterVmInventory:
        """Add an upstream resolver to a vrouter's DNS forwarder."""

    async def add_host_route_to_l3_network(
        self,
        *,
        l3_network_uuid: str,
        prefix: str,
        nexthop: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Add a route that the network's VMs are told."""

    async def add_image(
        self,
        *,
        name: str,
        url: str,
        backup_storage_uuids: Sequence[str],
        description: str | None = None,
        media_type: str | None = None,
        guest_os_type: str | None = None,
        architecture: str | None = None,
        system: bool | None = None,
        format: str | None = None,
        platform: str | None = None,
        type: str | None = None,
        virtio: bool | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Register an image."""

    async def add_image_store_backup_storage(
        self,
        *,
        hostname: str,
        username: str,
        password: str,
        url: str,
        name: str,
        ssh_port: int | None = None,
        description: str | None = None,
        type: str | None = None,
        import_images: bool | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add a store of images."""

    async def add_ip_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        start_ip: str,
        end_ip: str,
        netmask: str,
        gateway: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IpRangeInventory:
        """Give an L3 network addresses, from first to last."""

    async def add_ip_range_by_network_cidr(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        network_cidr: str,
        gateway: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IpRangeInventory:
        """Give an L3 network all addresses of a subnet but the gateway (two ranges when that is in the middle)."""

    async def add_ipv6_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        start_ip: str,
        end_ip: str,
        gateway: str,
        prefix_len: int,
        address_mode: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give an L3 network IPv6 addresses, from first to last."""

    async def add_ipv6_range_by_network_cidr(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        name: str,
        description: str | None = None,
        ip_range_type: str | None = None,
        network_cidr: str,
        address_mode: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give an L3 network all addresses of an IPv6 subnet."""

    async def add_kvm_host(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        management_ip: str,
        cluster_uuid: str,
        username: str,
        password: str,
        ssh_port: int | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Make a host of the server at an address, whose agent waits there (`landbridge agent join … --wait`)."""

    async def add_local_primary_storage(
        self,
        *,
        url: str,
        name: str,
        zone_uuid: str,
        description: str | None = None,
        type: str | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add hosts' own disks as storage."""

    async def add_remote_cidrs_to_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        uuid: str,
        peer_cidrs: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Networks behind the peer join a connection."""

    async def add_reserved_ip_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l3_network_uuid: str,
        start_ip: str,
        end_ip: str,
        system_tags: Sequence[str] = (),
    ) -> ReservedIpRangeInventory:
        """Keep addresses of an L3 network from being handed out; those that are in use already stay so."""

    async def add_security_group_rule(
        self,
        *,
        security_group_uuid: str,
        rules: Sequence[Any],
        remote_security_group_uuids: Sequence[str] | None = None,
        priority: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Add rules to a security group."""

    async def add_server_group_to_load_balancer_listener(
        self,
        *,
        server_group_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Send a listener's connections to the servers of a group, too."""

    async def add_sftp_backup_storage(
        self,
        *,
        hostname: str,
        username: str,
        password: str,
        url: str,
        name: str,
        ssh_port: int | None = None,
        description: str | None = None,
        type: str | None = None,
        import_images: bool | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add a store of images that is reached by SFTP."""

    async def add_simulator_host(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        management_ip: str,
        cluster_uuid: str,
        description: str | None = None,
        memory_capacity: int | None = None,
        cpu_capacity: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Make a host that is none."""

    async def add_user_to_group(self, *, user_uuid: str, group_uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Put a user into a group."""

    async def add_vm_nic_allowed_address_pair(
        self,
        *,
        vm_nic_uuid: str,
        ip: str,
        mac: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmNicAllowedAddressPairInventory:
        """Let a VM's NIC send from an address that is not its own, for VRRP in guests and the like."""

    async def add_vm_nic_to_load_balancer(
        self,
        *,
        vm_nic_uuids: Sequence[str],
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Send a listener's connections to NICs, too; weights are system tags `balancerWeight::<nic>::<0-100>`."""

    async def add_vm_nic_to_security_group(
        self,
        *,
        security_group_uuid: str,
        vm_nic_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Put NICs into a security group, behind the groups that they are in."""

    async def add_vrouter_route_entry(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        route_table_uuid: str,
        destination: str,
        target: str | None = None,
        type: str | None = None,
        distance: int | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteEntryInventory:
        """Add a static route or a black hole to a route table."""

    async def attach_backup_storage_to_zone(
        self,
        *,
        zone_uuid: str,
        backup_storage_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Let a zone use a store of images."""

    async def attach_eip(
        self,
        *,
        eip_uuid: str,
        vm_nic_uuid: str,
        used_ip_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Give an EIP to a VM's NIC; what the VM begins leaves with it, too."""

    async def attach_l2_network_to_cluster(
        self,
        *,
        l2_network_uuid: str,
        cluster_uuid: str,
        l2_provider_type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Let a cluster's hosts have an L2 network."""

    async def attach_l3_network_to_vm(
        self,
        *,
        vm_instance_uuid: str,
        l3_network_uuid: str,
        static_ip: str | None = None,
        custom_mac: str | None = None,
        driver_type: str | None = None,
        vm_nic_params: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Give a VM a NIC on a network, or attach a subnet or public network to a vrouter."""

    async def attach_l3_network_to_vm_nic(
        self,
        *,
        vm_nic_uuid: str,
        l3_network_uuid: str,
        static_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give a NIC an address of one more network."""

    async def attach_l3_networks_to_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        uuid: str,
        l3_network_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Subnets on our side join a connection."""

    async def attach_network_service_to_l3_network(
        self,
        *,
        l3_network_uuid: str,
        network_services: Mapping[str, Any],
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Attach network services to an L3 network."""

    async def attach_policies_to_user(
        self,
        *,
        user_uuid: str,
        policy_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a user several policies."""

    async def attach_policy_route_rule_set_to_l3(
        self,
        *,
        l3_uuid: str,
        rule_set_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Apply a rule set to packets that come to its vrouter from a network."""

    async def attach_policy_to_user(
        self,
        *,
        user_uuid: str,
        policy_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a user a policy."""

    async def attach_policy_to_user_group(
        self,
        *,
        policy_uuid: str,
        group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a group a policy."""

    async def attach_port_forwarding_rule(
        self,
        *,
        rule_uuid: str,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Lead a rule's ports to a VM's NIC."""

    async def attach_primary_storage_to_cluster(
        self,
        *,
        cluster_uuid: str,
        primary_storage_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Let a cluster use a storage."""

    async def attach_security_group_to_l3_network(
        self,
        *,
        security_group_uuid: str,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Note that a group is for an L3 network; NICs may join without."""

    async def attach_tag_to_resources(
        self,
        *,
        tag_uuid: str,
        resource_uuids: Sequence[str],
        tokens: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Attach a tag to resources."""

    async def attach_vip_to_load_balancer(
        self,
        *,
        load_balancer_uuid: str,
        vip_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Give a load balancer a second VIP, of IPv6; there are none yet."""

    async def attach_vip_to_vpc_shared_qos(
        self,
        *,
        shared_qos_uuid: str,
        vip_uuids: Sequence[str] | None = None,
        vip_lists: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let VIPs share a bandwidth."""

    async def attach_vm_nic_to_vm(
        self,
        *,
        vm_nic_uuid: str,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give a VM a NIC that was made before."""

    async def attach_vrouter_route_table_to_vrouter(
        self,
        *,
        route_table_uuid: str,
        virtual_router_vm_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Give a vrouter a route table; it has at most one."""

    async def batch_query(self, *, script: str | None = None, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Run a Groovy script of queries."""

    async def cancel_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Stop a long job; what was done is taken back."""

    async def change_access_control_list_redirect_rule(
        self,
        *,
        uuid: str,
        name: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListEntryInventory:
        """Change a redirect rule's name."""

    async def change_access_control_list_server_group(
        self,
        *,
        server_group_uuids: Sequence[str],
        listener_uuid: str,
        acl_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Lead the requests of a list of type redirect to other groups of servers."""

    async def change_access_key_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> AccessKeyInventory:
        """Switch a key off or on."""

    async def change_cluster_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> ClusterInventory:
        """Enable or disable a cluster."""

    async def change_eip_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Enable or disable an EIP; a disabled one carries nothing."""

    async def change_host_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Enable or disable a host, or put it into maintenance."""

    async def change_image_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Enable or disable an image."""

    async def change_instance_offering(
        self,
        *,
        vm_instance_uuid: str,
        instance_offering_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Give a stopped VM the CPUs and memory of an offering."""

    async def change_instance_offering_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> InstanceOfferingInventory:
        """Enable or disable an offering; a disabled one makes no new VMs."""

    async def change_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        peer_address: str,
        auth_mode: str | None = None,
        auth_key: str,
        id_type: str | None = None,
        local_id: str | None = None,
        remote_id: str | None = None,
        ike_version: str | None = None,
        ike_auth_algorithm: str | None = None,
        ike_encryption_algorithm: str | None = None,
        ike_dh_group: int | None = None,
        ike_life_time: int | None = None,
        policy_auth_algorithm: str | None = None,
        policy_encryption_algorithm: str | None = None,
        pfs: str | None = None,
        policy_mode: str | None = None,
        transform_protocol: str | None = None,
        life_time: int | None = None,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Give a connection another peer, key or proposals; what is not given becomes the default."""

    async def change_ipsec_connection_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Enable or disable a connection; a disabled one carries nothing."""

    async def change_l2_network_vlan_id(
        self,
        *,
        uuid: str,
        vlan: int | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Give a VLAN or NoVlan network another VLAN id, or none, while its VMs run."""

    async def change_l3_network_dhcp_ip_address(
        self,
        *,
        l3_network_uuid: str,
        dhcp_server_ip: str | None = None,
        dhcpv6_server_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Answer DHCP from another address of the network's ranges."""

    async def change_l3_network_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Enable or disable an L3 network; a disabled one takes no new NICs."""

    async def change_load_balancer_backend_server(
        self,
        *,
        server_group_uuid: str,
        vm_nics: Sequence[Any] | None = None,
        servers: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Change the weights of servers of a group."""

    async def change_load_balancer_listener(
        self,
        *,
        uuid: str,
        connection_idle_timeout: int | None = None,
        max_connection: int | None = None,
        balancer_algorithm: str | None = None,
        health_check_target: str | None = None,
        healthy_threshold: int | None = None,
        unhealthy_threshold: int | None = None,
        health_check_interval: int | None = None,
        health_check_protocol: str | None = None,
        health_check_method: str | None = None,
        health_check_uri: str | None = None,
        health_check_http_code: str | None = None,
        acl_status: str | None = None,
        security_policy_type: str | None = None,
        nbprocess: int | None = None,
        http_mode: str | None = None,
        session_persistence: str | None = None,
        session_idle_timeout: int | None = None,
        cookie_name: str | None = None,
        http_versions: Sequence[str] | None = None,
        http_redirect_https: str | None = None,
        redirect_port: int | None = None,
        status_code: int | None = None,
        tcp_proxy_protocol: str | None = None,
        http_compress_algos: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Change how a listener balances; connections go on."""

    async def change_port_forwarding_rule_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Enable or disable a rule; a disabled one carries nothing."""

    async def change_resource_owner(
        self,
        *,
        account_uuid: str,
        resource_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give a resource, with all that is part of it and what hangs on it, to another account."""

    async def change_security_group_rule(
        self,
        *,
        uuid: str,
        description: str | None = None,
        remote_security_group_uuid: str | None = None,
        action: str | None = None,
        state: str | None = None,
        priority: int | None = None,
        protocol: str | None = None,
        src_ip_range: str | None = None,
        dst_ip_range: str | None = None,
        dst_port_range: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupRuleInventory:
        """Change a rule; an empty text takes a field away."""

    async def change_security_group_rule_state(
        self,
        *,
        security_group_uuid: str,
        rule_uuids: Sequence[str],
        state: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Enable or disable rules of a group."""

    async def change_security_group_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Enable or disable a security group; a disabled one has no rules, and its NICs' policies hold."""

    async def change_vip_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> VipInventory:
        """Enable or disable a VIP; on a disabled one nothing new can be made."""

    async def change_vm_image(
        self,
        *,
        vm_instance_uuid: str,
        image_uuid: str,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Start a VM from another image."""

    async def change_vm_nic_network(
        self,
        *,
        vm_nic_uuid: str,
        dest_l3_network_uuid: str,
        static_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmNicInventory:
        """Move a stopped VM's NIC to another network; it keeps its MAC and security groups."""

    async def change_vm_nic_security_policy(
        self,
        *,
        vm_nic_uuid: str,
        ingress_policy: str | None = None,
        egress_policy: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmNicSecurityPolicyInventory:
        """Change what a NIC in security groups does with what no rule matches."""

    async def change_vm_nic_state(
        self,
        *,
        vm_nic_uuid: str,
        state: str,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Pull out the cable of a VM's NIC (disable), or plug it in again (enable)."""

    async def change_vm_nic_type(
        self,
        *,
        vm_nic_uuid: str,
        vm_nic_type: str,
        system_tags: Sequence[str] = (),
    ) -> VmNicInventory:
        """Choose a NIC's type: there is one."""

    async def change_vpc_shared_qos_bandwidth(
        self,
        *,
        shared_qos_uuid: str,
        bandwidth: int,
        system_tags: Sequence[str] = (),
    ) -> VpcSharedQosInventory:
        """Change how much there is to share."""

    async def change_wireguard_connection_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> WireGuardConnectionInventory:
        """Enable or disable a connection; a disabled one does not listen."""

    async def change_wireguard_peer_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> WireGuardPeerInventory:
        """Enable or disable a peer; a disabled one is not known to the vrouter."""

    async def change_zone_state(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> ZoneInventory:
        """Enable or disable a zone."""

    async def check_api_permission(
        self,
        *,
        user_uuid: str | None = None,
        api_names: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Which actions an account, or one of its users, may call, not looking at single resources."""

    async def check_ip_availability(
        self,
        *,
        l3_network_uuid: str,
        ip: str,
        arp_check: bool | None = None,
        ip_range_check: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether an address could be given to a NIC."""

    async def check_vip_port_availability(
        self,
        *,
        vip_uuid: str,
        port: int,
        protocol_type: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether a service could have a port of a VIP."""

    async def clean_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Clean up after a long job that has failed or was cancelled."""

    async def clone_vm_instance(
        self,
        *,
        vm_instance_uuid: str,
        names: Sequence[str],
        strategy: str | None = None,
        vm_nic_params: Sequence[Any] | None = None,
        primary_storage_uuid_for_root_volume: str | None = None,
        primary_storage_uuid_for_data_volume: str | None = None,
        full: bool | None = None,
        root_volume_system_tags: Sequence[str] | None = None,
        data_volume_system_tags: Sequence[str] | None = None,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Copy a VM with its disks."""

    async def create_access_control_list(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListInventory:
        """Make an empty list of clients' addresses."""

    async def create_access_key(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        account_uuid: str,
        user_uuid: str,
        description: str | None = None,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccessKeyInventory:
        """Make a key that signs requests in an account's, or a user's, name. Only this answer shows the secret."""

    async def create_account(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        password: str,
        type: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccountInventory:
        """Make an account: it owns what is made by those who are logged in to it."""

    async def create_certificate(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        certificate: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> CertificateInventory:
        """Keep a certificate for listeners of https; its private key is never shown again."""

    async def create_cluster(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        zone_uuid: str,
        name: str,
        hypervisor_type: str,
        description: str | None = None,
        type: str | None = None,
        architecture: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> ClusterInventory:
        """Make a cluster: hosts that share layer-2 networks."""

    async def create_eip(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str,
        vm_nic_uuid: str | None = None,
        used_ip_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Make a VIP into the address of a VM, or of none yet."""

    async def create_host_join_token(
        self,
        *,
        cluster_uuid: str,
        name: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Make a single-use token with which one server can join a cluster: `landbridge agent join URL --token
        T`."""

    async def create_instance_offering(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        cpu_num: int,
        memory_size: int,
        description: str | None = None,
        reserved_memory_size: int | None = None,
        allocator_strategy: str | None = None,
        sort_key: int | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> InstanceOfferingInventory:
        """Make an instance offering: CPU and memory under a name."""

    async def create_ipsec_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        peer_address: str,
        auth_mode: str | None = None,
        auth_key: str,
        id_type: str | None = None,
        local_id: str | None = None,
        remote_id: str | None = None,
        ike_version: str | None = None,
        ike_auth_algorithm: str | None = None,
        ike_encryption_algorithm: str | None = None,
        ike_dh_group: int | None = None,
        ike_life_time: int | None = None,
        policy_auth_algorithm: str | None = None,
        policy_encryption_algorithm: str | None = None,
        pfs: str | None = None,
        policy_mode: str | None = None,
        transform_protocol: str | None = None,
        life_time: int | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str,
        l3_network_uuid: str | None = None,
        peer_cidrs: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Join subnets of a VPC and networks behind a peer through a tunnel between a VIP and the peer."""

    async def create_l2_no_vlan_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        zone_uuid: str,
        physical_interface: str,
        system_tags: Sequence[str] = (),
    ) -> L2NoVlanNetworkInventory:
        """Make an L2 network over a physical interface that every host of a cluster has."""

    async def create_l2_vlan_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        zone_uuid: str,
        physical_interface: str,
        vlan: int,
        system_tags: Sequence[str] = (),
    ) -> L2VlanNetworkInventory:
        """Make an L2 network that is a VLAN of a physical interface that every host of a cluster has."""

    async def create_l2_vxlan_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        pool_uuid: str,
        vni: int | None = None,
        zone_uuid: str | None = None,
        physical_interface: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VxlanNetworkInventory:
        """Make an isolated overlay network; its VNI comes from the pool's ranges."""

    async def create_l2_vxlan_network_pool(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        type: str | None = None,
        v_switch_type: str | None = None,
        isolated: bool | None = None,
        pvlan: str | None = None,
        zone_uuid: str,
        physical_interface: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VxlanNetworkPoolInventory:
        """Make a VXLAN pool: an underlay whose hosts tunnel to each other, and the VNIs for networks on it."""

    async def create_l3_network(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        l2_network_uuid: str,
        description: str | None = None,
        type: str | None = None,
        category: str | None = None,
        ip_version: int | None = None,
        system: bool | None = None,
        dns_domain: str | None = None,
        enable_ipam: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Make an IP network on an L2 network. A VPC subnet has type L3VpcNetwork."""

    async def create_load_balancer(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str | None = None,
        ipv6_vip_uuid: str | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Make a load balancer on a VIP; its listeners come one by one."""

    async def create_load_balancer_listener(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        load_balancer_uuid: str,
        name: str,
        description: str | None = None,
        load_balancer_port: int,
        instance_port: int | None = None,
        protocol: str | None = None,
        certificate_uuid: str | None = None,
        health_check_protocol: str | None = None,
        health_check_method: str | None = None,
        health_check_uri: str | None = None,
        health_check_http_code: str | None = None,
        acl_status: str | None = None,
        acl_uuids: Sequence[str] | None = None,
        acl_type: str | None = None,
        security_policy_type: str | None = None,
        http_versions: Sequence[str] | None = None,
        tcp_proxy_protocol: str | None = None,
        http_compress_algos: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Open a port of a load balancer; more settings are system tags."""

    async def create_load_balancer_server_group(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        load_balancer_uuid: str,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Make a group of servers for listeners of a load balancer."""

    async def create_policy(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        statements: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> PolicyInventory:
        """Make a policy: statements with `effect` (Allow, Deny), `actions`, and perhaps `resources` and
        `principals`."""

    async def create_policy_route_rule(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        rule_set_uuid: str,
        table_uuid: str,
        rule_number: int,
        dest_ip: str | None = None,
        source_ip: str | None = None,
        dest_port: str | None = None,
        source_port: str | None = None,
        protocol: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteRuleInventory:
        """Send packets that have all of what is given to a table; the smallest number is asked first."""

    async def create_policy_route_rule_set(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        v_router_uuid: str,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteRuleSetInventory:
        """Make a set of policy rules for a vrouter."""

    async def create_policy_route_table(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        v_router_uuid: str,
        number: int,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteTableInventory:
        """Make a table of routes that policy rules of a vrouter send packets to."""

    async def create_policy_route_table_route_entry(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        table_uuid: str,
        destination_cidr: str,
        next_hop_ip: str,
        distance: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteTableRouteEntryInventory:
        """Add a route to a table of policy routes."""

    async def create_port_forwarding_rule(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        vip_uuid: str,
        vip_port_start: int,
        vip_port_end: int | None = None,
        private_port_start: int | None = None,
        private_port_end: int | None = None,
        protocol_type: str,
        vm_nic_uuid: str | None = None,
        allowed_cidr: str | None = None,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Lead ports of a VIP to ports of a VM, or of none yet."""

    async def create_security_group(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Make a security group; its members may talk to each other freely."""

    async def create_system_tag(
        self,
        *,
        resource_type: str,
        resource_uuid: str,
        tag: str,
        system_tags: Sequence[str] = (),
    ) -> SystemTagInventory:
        """Put a system tag on a resource."""

    async def create_system_tags(
        self,
        *,
        resource_type: str,
        resource_uuid: str,
        tags: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> list[SystemTagInventory]:
        """Put several system tags on a resource."""

    async def create_tag(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        value: str,
        description: str | None = None,
        color: str | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> TagPatternInventory:
        """Make a tag that can be attached to many resources."""

    async def create_user(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        password: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserInventory:
        """Make a user of your account. Policies say what it may do; at first it may look at everything."""

    async def create_user_group(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserGroupInventory:
        """Make a group: users that have policies in common."""

    async def create_user_tag(
        self,
        *,
        resource_type: str,
        resource_uuid: str,
        tag: str,
        system_tags: Sequence[str] = (),
    ) -> UserTagInventory:
        """Put a tag of your own on a resource."""

    async def create_vip(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        l3_network_uuid: str,
        allocator_strategy: str | None = None,
        ip_range_uuid: str | None = None,
        required_ip: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> VipInventory:
        """Take an address of a network as a VIP: the asked one, or the next free one."""

    async def create_virtual_router_offering(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        zone_uuid: str,
        management_network_uuid: str,
        image_uuid: str,
        cpu_num: int,
        memory_size: int,
        public_network_uuid: str | None = None,
        is_default: bool | None = None,
        description: str | None = None,
        reserved_memory_size: int | None = None,
        allocator_strategy: str | None = None,
        sort_key: int | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VirtualRouterOfferingInventory:
        """Make an offering that vrouters are made from: management and public network, image, size."""

    async def create_vm_instance(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        l3_network_uuids: Sequence[str] | None = None,
        default_l3_network_uuid: str | None = None,
        instance_offering_uuid: str | None = None,
        cpu_num: int | None = None,
        memory_size: int | None = None,
        reserved_memory_size: int | None = None,
        image_uuid: str | None = None,
        zone_uuid: str | None = None,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        description: str | None = None,
        type: str | None = None,
        strategy: str | None = None,
        platform: str | None = None,
        guest_os_type: str | None = None,
        architecture: str | None = None,
        virtio: bool | None = None,
        vm_nic_params: str | None = None,
        root_disk_offering_uuid: str | None = None,
        root_disk_size: int | None = None,
        data_disk_sizes: Sequence[int] | None = None,
        data_disk_offering_uuids: Sequence[str] | None = None,
        primary_storage_uuid_for_root_volume: str | None = None,
        root_volume_system_tags: Sequence[str] | None = None,
        data_volume_system_tags: Sequence[str] | None = None,
        data_volume_system_tags_on_index: Mapping[str, Any] | None = None,
        ssh_key_pair_uuids: Sequence[str] | None = None,
        disk_a_os: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Make a VM on one or several L3 networks and start it."""

    async def create_vm_nic(
        self,
        *,
        l3_network_uuid: str,
        ip: str | None = None,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Make a NIC that no VM has yet."""

    async def create_vni_range(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l2_network_uuid: str,
        name: str,
        description: str | None = None,
        start_vni: int,
        end_vni: int,
        system_tags: Sequence[str] = (),
    ) -> VniRangeInventory:
        """Give a VXLAN pool VNIs to hand out."""

    async def create_vpc_shared_qos(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vpc_uuid: str,
        l3_network_uuid: str,
        bandwidth: int,
        system_tags: Sequence[str] = (),
    ) -> VpcSharedQosInventory:
        """Make a bandwidth that VIPs of a vrouter's public network share."""

    async def create_vpc_vrouter(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        virtual_router_offering_uuid: str,
        description: str | None = None,
        zone_uuid: str | None = None,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        primary_storage_uuid_for_root_volume: str | None = None,
        root_volume_system_tags: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> VpcRouterVmInventory:
        """Make a vrouter from an offering and start it."""

    async def create_vrouter_route_table(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Make a route table, for any number of vrouters."""

    async def create_vxlan_pool_remote_vtep(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        l2_network_uuid: str,
        cluster_uuid: str,
        remote_vtep_ip: str,
        system_tags: Sequence[str] = (),
    ) -> RemoteVtepInventory:
        """Let a VXLAN device that is none of our hosts take part in all networks of a pool, beside a cluster's
        hosts."""

    async def create_vxlan_vtep(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        host_uuid: str,
        pool_uuid: str,
        vtep_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VtepInventory:
        """Give a host its VTEP in a pool by hand, where attaching the pool could not."""

    async def create_wireguard_connection(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        vip_uuid: str,
        l3_network_uuids: Sequence[str],
        listen_port: int | None = None,
        address: str | None = None,
        private_key: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardConnectionInventory:
        """Let peers reach subnets through a UDP port of a VIP."""

    async def create_wireguard_peer(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        connection_uuid: str,
        public_key: str,
        allowed_cidrs: Sequence[str],
        preshared_key: str | None = None,
        endpoint: str | None = None,
        persistent_keepalive: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardPeerInventory:
        """Let a peer use a connection: a site with an endpoint, or somebody on the road."""

    async def create_zone(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        name: str,
        description: str | None = None,
        is_default: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> ZoneInventory:
        """Make a zone: the failure domain that clusters live in."""

    async def delete_access_control_list(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a list that no listener heeds."""

    async def delete_access_key(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a key."""

    async def delete_account(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an account, its users, policies, keys and shares. Enforcing: what it owns becomes the admin's."""

    async def delete_agent(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Revoke an agent's certificate: its server can only come back with a new join token."""

    async def delete_backup_storage(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Remove a store of images."""

    async def delete_certificate(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a certificate that no listener presents."""

    async def delete_cluster(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an empty cluster."""

    async def delete_eip(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an EIP; its VIP stays and is free."""

    async def delete_host(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a host out of the cloud; its agent removes everything of ours from it."""

    async def delete_image(
        self,
        *,
        uuid: str,
        backup_storage_uuids: Sequence[str] | None = None,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an image."""

    async def delete_instance_offering(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an offering. VMs made from it stay as they are."""

    async def delete_ip_address(
        self,
        *,
        l3_network_uuid: str,
        used_ip_uuids: Sequence[str],
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give back addresses that are in use on paper only; refused for those that somebody has."""

    async def delete_ip_range(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an IP range; refused while an address of it is in use."""

    async def delete_ipsec_connection(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a connection; its tunnel ends."""

    async def delete_l2_network(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an L2 network; a pool goes with its networks. Refused while an L3 network is on it."""

    async def delete_l3_network(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an L3 network; refused while a NIC is on it."""

    async def delete_load_balancer(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a load balancer with its listeners and server groups; its VIP stays."""

    async def delete_load_balancer_listener(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Close a port of a load balancer; its default server group goes with it."""

    async def delete_load_balancer_server_group(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Delete a server group; its listeners go on without its servers."""

    async def delete_long_job(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Forget a long job that has ended."""

    async def delete_nic_qos(self, *, uuid: str, direction: str, system_tags: Sequence[str] = ()) -> None:
        """Take the limit of one direction of a NIC away."""

    async def delete_policy(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a policy, wherever it is attached."""

    async def delete_policy_route_rule(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a policy rule."""

    async def delete_policy_route_rule_set(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a rule set with its rules; `Enforcing` detaches it from networks."""

    async def delete_policy_route_table(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a table with its routes; `Enforcing` also the rules that lead to it."""

    async def delete_policy_route_table_route_entry(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a route of a table of policy routes."""

    async def delete_port_forwarding_rule(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a rule; its ports are free."""

    async def delete_primary_storage(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Remove a storage."""

    async def delete_reserved_ip_range(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Hand out these addresses again."""

    async def delete_resource_config(
        self,
        *,
        category: str,
        name: str,
        resource_uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let a resource have the value that all have."""

    async def delete_security_group(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a security group: its NICs leave it, and rules of other groups that name it go."""

    async def delete_security_group_rule(
        self,
        *,
        rule_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Delete rules of a group; those that are gone already are fine."""

    async def delete_tag(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a tag off its resource; one that is attached to many goes everywhere."""

    async def delete_user(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a user, its sessions and keys."""

    async def delete_user_group(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a group; its users stay."""

    async def delete_vip(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a VIP back; the EIP, the forwarding rules and whatever else is on it goes with it."""

    async def delete_vip_qos(self, *, uuid: str, port: int | None = None, system_tags: Sequence[str] = ()) -> None:
        """Take the limit of a VIP as a whole away, or that of one of its ports."""

    async def delete_vm_hostname(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Go back to the host name made of the VM's name."""

    async def delete_vm_nic(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a NIC that no VM has."""

    async def delete_vm_nic_from_security_group(
        self,
        *,
        security_group_uuid: str,
        vm_nic_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take NICs out of a security group; those that are not in it are fine."""

    async def delete_vm_ssh_key(self, *, uuid: str | None = None, system_tags: Sequence[str] = ()) -> None:
        """Take the SSH key off a VM's disk."""

    async def delete_vm_static_ip(
        self,
        *,
        vm_instance_uuid: str,
        l3_network_uuid: str,
        static_ip: str | None = None,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let a VM's address in a network be any again."""

    async def delete_vni_range(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a VNI range and the VXLAN networks whose VNI lies in it; refused while one is in use."""

    async def delete_vpc_shared_qos(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a shared bandwidth; its VIPs keep limits of their own."""

    async def delete_vrouter_route_entry(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        route_table_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Delete an entry of a route table."""

    async def delete_vrouter_route_table(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a route table and its entries; `Enforcing` takes it from the vrouters that have it."""

    async def delete_vxlan_l2_network(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a VXLAN network. Refused while an L3 network is on it."""

    async def delete_vxlan_pool_remote_vtep(
        self,
        *,
        l2_network_uuid: str,
        cluster_uuid: str,
        remote_vtep_ip: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Send to a VXLAN device of somebody else no more."""

    async def delete_wireguard_connection(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a connection and its peers."""

    async def delete_wireguard_peer(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete a peer."""

    async def delete_zone(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an empty zone."""

    async def destroy_vm_instance(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Destroy a VM or vrouter: it stops and its NICs go; Expunge removes the rest."""

    async def detach_backup_storage_from_zone(
        self,
        *,
        backup_storage_uuid: str,
        zone_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Take a store of images from a zone."""

    async def detach_eip(self, *, uuid: str, system_tags: Sequence[str] = ()) -> EipInventory:
        """Take an EIP from its VM; its connections end."""

    async def detach_l2_network_from_cluster(
        self,
        *,
        l2_network_uuid: str,
        cluster_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Take an L2 network from a cluster; refused while a NIC of it is plugged there."""

    async def detach_l3_network_from_vm(
        self,
        *,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Remove a NIC from a VM or vrouter."""

    async def detach_l3_networks_from_ipsec_connection(
        self,
        *,
        uuid: str,
        l3_network_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Subnets on our side leave a connection."""

    async def detach_network_service_from_l3_network(
        self,
        *,
        l3_network_uuid: str,
        network_services: Mapping[str, Any] | None = None,
        service: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Take network services from an L3 network."""

    async def detach_policies_from_user(
        self,
        *,
        policy_uuids: Sequence[str],
        user_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take several policies off a user."""

    async def detach_policy_from_user(
        self,
        *,
        policy_uuid: str,
        user_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a policy off a user."""

    async def detach_policy_from_user_group(
        self,
        *,
        policy_uuid: str,
        group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a policy off a group."""

    async def detach_policy_route_rule_set_from_l3(
        self,
        *,
        l3_uuid: str,
        rule_set_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Apply a rule set to packets from a network no more."""

    async def detach_port_forwarding_rule(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Lead a rule's ports nowhere; connections through them end."""

    async def detach_primary_storage_from_cluster(
        self,
        *,
        primary_storage_uuid: str,
        cluster_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Take a storage from a cluster."""

    async def detach_security_group_from_l3_network(
        self,
        *,
        security_group_uuid: str,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Note that a group is not for an L3 network any more; NICs stay in it."""

    async def detach_tag_from_resources(
        self,
        *,
        tag_uuid: str,
        resource_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a tag off resources."""

    async def detach_vip_from_vpc_shared_qos(
        self,
        *,
        shared_qos_uuid: str,
        vip_uuids: Sequence[str] | None = None,
        vip_lists: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take VIPs out of a shared bandwidth."""

    async def detach_vrouter_route_table_from_vrouter(
        self,
        *,
        route_table_uuid: str,
        virtual_router_vm_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Take a route table from a vrouter."""

    async def explain_vrouter_route_table(
        self,
        *,
        virtual_router_vm_uuid: str,
        destination: str,
        source: str | None = None,
        l3_network_uuid: str | None = None,
        protocol: str | None = None,
        port: int | None = None,
        source_port: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Which route of a vrouter carries packets to an address, and which would if that one went."""

    async def expunge_image(
        self,
        *,
        image_uuid: str,
        uuid: str | None = None,
        backup_storage_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Delete an image for good."""

    async def expunge_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> None:
        """Remove what is left of a destroyed VM."""

    async def get_account_quota_usage(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """How much an account has, and how much it may have."""

    async def get_attachable_public_l3_for_vrouter(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the public networks that can be attached to a vrouter."""

    async def get_attachable_vpc_l3_network(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the VPC subnets that can be attached to a vrouter."""

    async def get_candidate_clusters_for_attaching_l2_network(
        self,
        *,
        l2_network_uuid: str,
        cluster_types: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[ClusterInventory]:
        """The clusters that an L2 network could be attached to."""

    async def get_candidate_l2_networks_for_attaching_cluster(
        self,
        *,
        cluster_uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L2NetworkInventory]:
        """The L2 networks that could be attached to a cluster."""

    async def get_candidate_l3_networks_for_change_vm_nic_network(
        self,
        *,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the networks that a NIC of a stopped VM can move to."""

    async def get_candidate_l3_networks_for_ipsec_connection(
        self,
        *,
        uuid: str | None = None,
        public_l3_uuid: str | None = None,
        vip_uuid: str | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """Networks that may join a connection, or one that is made on a VIP or a public network."""

    async def get_candidate_l3_networks_for_load_balancer(
        self,
        *,
        listener_uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """Networks whose NICs a listener could send to."""

    async def get_candidate_l3_networks_for_server_group(
        self,
        *,
        server_group_uuid: str | None = None,
        load_balancer_uuid: str | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """Networks whose NICs could be in a server group, or in one made in a load balancer."""

    async def get_candidate_vm_nic_for_security_group(
        self,
        *,
        security_group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """List the NICs that could be put into a security group."""

    async def get_candidate_vm_nics_for_load_balancer(
        self,
        *,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that a listener could send to."""

    async def get_candidate_vm_nics_for_load_balancer_server_group(
        self,
        *,
        servergroup_uuid: str | None = None,
        load_balancer_uuid: str | None = None,
        ip_version: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that could be in a server group, or in one made in a load balancer."""

    async def get_candidate_zones_clusters_hosts_for_creating_vm(
        self,
        *,
        image_uuid: str,
        l3_network_uuids: Sequence[str],
        instance_offering_uuid: str | None = None,
        root_disk_offering_uuid: str | None = None,
        root_disk_size: int | None = None,
        data_disk_offering_uuids: Sequence[str] | None = None,
        cpu_num: int | None = None,
        memory_size: int | None = None,
        zone_uuid: str | None = None,
        cluster_uuid: str | None = None,
        default_l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List where a VM could be made."""

    async def get_cpu_memory_capacity(
        self,
        *,
        zone_uuids: Sequence[str] | None = None,
        cluster_uuids: Sequence[str] | None = None,
        host_uuids: Sequence[str] | None = None,
        hypervisor_type: str | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Add up processors and memory of hosts, of clusters, of zones, or of everything."""

    async def get_current_time(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The server's time."""

    async def get_dhcp_leases(
        self,
        *,
        l3_network_uuid: str | None = None,
        vm_instance_uuid: str | None = None,
        host_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How NICs stand with DHCP, of a network, a VM, a host, or what they have in common; asks the hosts."""

    async def get_eip_attachable_vm_nics(
        self,
        *,
        eip_uuid: str | None = None,
        vip_uuid: str | None = None,
        vm_uuid: str | None = None,
        vm_name: str | None = None,
        network_service_provider: str | None = None,
        attached_to_vm: bool | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that an EIP, or one made on a VIP, may be attached to."""

    async def get_free_ip(
        self,
        *,
        l3_network_uuid: str | None = None,
        ip_range_uuid: str | None = None,
        start: str | None = None,
        ip_range_type: str | None = None,
        ip_version: int | None = None,
        limit: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Free addresses of an L3 network or of one of its ranges."""

    async def get_free_ip_of_ip_range(
        self,
        *,
        l3_network_uuid: str | None = None,
        ip_range_uuid: str | None = None,
        start: str | None = None,
        ip_range_type: str | None = None,
        ip_version: int | None = None,
        limit: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Free addresses of an IP range."""

    async def get_free_ip_of_l3_network(
        self,
        *,
        l3_network_uuid: str | None = None,
        ip_range_uuid: str | None = None,
        start: str | None = None,
        ip_range_type: str | None = None,
        ip_version: int | None = None,
        limit: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Free addresses of an L3 network."""

    async def get_global_config_options(
        self,
        *,
        category: str,
        name: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What a setting may be set to."""

    async def get_host_network_facts(self, *, host_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """List a host's network interfaces as its agent reported them."""

    async def get_hypervisor_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """List the kinds of hosts there can be."""

    async def get_interdependent_l3_networks_images(
        self,
        *,
        zone_uuid: str,
        l3_network_uuids: Sequence[str] | None = None,
        image_uuid: str | None = None,
        raise_exception: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """List the images that VMs on some networks can be made from, or the networks for VMs of an image."""

    async def get_ip_address_capacity(
        self,
        *,
        zone_uuids: Sequence[str] | None = None,
        l3_network_uuids: Sequence[str] | None = None,
        ip_range_uuids: Sequence[str] | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How many addresses there are and are left, in ranges, networks or zones."""

    async def get_ipsec_connection_status(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """How a connection is: up or down, its pairs of networks, and why phase 1 or 2 fails; asks its host."""

    async def get_l2_network_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The types of L2 networks."""

    async def get_l3_network_dhcp_ip_address(
        self,
        *,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The address that DHCP is answered from, the same on every host."""

    async def get_l3_network_ip_statistic(
        self,
        *,
        l3_network_uuid: str,
        resource_type: str | None = None,
        ip: str | None = None,
        sort_by: str | None = None,
        sort_direction: str | None = None,
        start: int | None = None,
        limit: int | None = None,
        reply_with_count: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The addresses of an L3 network that are in use, and by whom."""

    async def get_l3_network_mtu(self, *, l3_network_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The size of the largest packet in a network."""

    async def get_l3_network_router_interface_ip(
        self,
        *,
        l3_network_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The address of the router's interface in a network."""

    async def get_l3_network_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The types of L3 networks."""

    async def get_load_balancer_listener_acl_entries(
        self,
        *,
        listener_uuids: Sequence[str] | None = None,
        type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The entries of the lists that listeners heed, by listener."""

    async def get_load_balancer_listener_health(
        self,
        *,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How a listener does: its connections and bytes, and whether each server lives; asks its vrouter's
        host."""

    async def get_network_service_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Service types, and the provider types that have each."""

    async def get_nic_qos(
        self,
        *,
        uuid: str,
        force_sync: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Show the limits of a NIC, and the most that could be set; -1: not limited."""

    async def get_policy_route_rule_set_from_virtual_router(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[PolicyRouteRuleSetInventory]:
        """The rule sets of a vrouter."""

    async def get_port_forwarding_attachable_vm_nics(
        self,
        *,
        rule_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[VmNicInventory]:
        """NICs that a rule may lead to."""

    async def get_resource_account(
        self,
        *,
        resource_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The accounts that own resources."""

    async def get_resource_bindable_config(
        self,
        *,
        category: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Which settings resources may have values of their own for."""

    async def get_resource_config(
        self,
        *,
        category: str,
        name: str,
        resource_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The value of a setting that is in force for a resource, and where it comes from."""

    async def get_resource_configs(
        self,
        *,
        category: str,
        names: Sequence[str],
        resource_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The values of several settings that are in force for a resource."""

    async def get_resource_names(self, *, uuids: Sequence[str], system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """What resources are called."""

    async def get_route_table_vpc_vrouter_candidate(
        self,
        *,
        table_uuid: str | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VpcRouterVmInventory]:
        """The vrouters that could be given a route table."""

    async def get_security_group_rule_counters(
        self,
        *,
        security_group_uuid: str | None = None,
        rule_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What the rules of a group, or some rules, have let pass and dropped; asks every host with NICs in the
        groups."""

    async def get_support_ap_is(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The names of all actions that there are."""

    async def get_task_progress(
        self,
        *,
        api_id: str | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How far a job is."""

    async def get_version(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The server's version."""

    async def get_vip_available_port(
        self,
        *,
        vip_uuid: str,
        protocol_type: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Ports of a VIP that a service could have, ascending."""

    async def get_vip_qos(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Show the limits of a VIP, and what really holds for each."""

    async def get_vip_used_ports(
        self,
        *,
        uuid: str,
        protocol: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Ports and ranges of ports of a VIP that are taken."""

    async def get_virtual_router_software_version(
        self,
        *,
        uuid: str | None = None,
        software_name: str,
        need_update: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The version of the IPsec software of running vrouters; asks their hosts."""

    async def get_vm_attachable_l3_network(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[L3NetworkInventory]:
        """List the networks that can be attached to a VM."""

    async def get_vm_boot_order(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """From what a VM boots."""

    async def get_vm_capabilities(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """What can be done with a VM."""

    async def get_vm_console_address(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Where a VM's screen is."""

    async def get_vm_hostname(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The host name that was set for a VM."""

    async def get_vm_migration_candidate_hosts(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> list[HostInventory]:
        """List the hosts that a VM can be moved to."""

    async def get_vm_nic_attachable_eips(
        self,
        *,
        vm_nic_uuid: str,
        ip_version: int | None = None,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[EipInventory]:
        """EIPs that may be attached to a NIC."""

    async def get_vm_nic_attached_network_service(
        self,
        *,
        vm_nic_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List what leads to a NIC or guards it."""

    async def get_vm_nic_counters(
        self,
        *,
        vm_nic_uuids: Sequence[str] | None = None,
        vm_instance_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What has passed and what was dropped at NICs, by reason and rule; asks the hosts."""

    async def get_vm_nic_drops(
        self,
        *,
        vm_instance_uuid: str | None = None,
        vm_nic_uuid: str | None = None,
        cursor: str | None = None,
        wait: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What is being dropped at a NIC, or at all NICs of a VM or vrouter, and why; asks the host."""

    async def get_vm_ssh_key(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Read the SSH key on a VM's disk."""

    async def get_vm_starting_candidate_clusters_hosts(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List the hosts that a stopped VM could start on, and their clusters."""

    async def get_vpc_attached_eip(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[EipInventory]:
        """The EIPs that a vrouter translates."""

    async def get_vpc_attached_ipsec(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[IPsecConnectionInventory]:
        """The IPsec connections that a vrouter does."""

    async def get_vpc_attached_load_balancer(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[LoadBalancerInventory]:
        """List the load balancers on a vrouter."""

    async def get_vpc_attached_netflow(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List the flow meters of a vrouter: it has none."""

    async def get_vpc_attached_ospf(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """List the OSPF areas of a vrouter: it has none."""

    async def get_vpc_attached_port_forwarding_rules(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[PortForwardingRuleInventory]:
        """The port forwarding rules that a vrouter carries out."""

    async def get_vpc_attached_vip(
        self,
        *,
        uuid: str,
        limit: int | None = None,
        start: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> list[VipInventory]:
        """The VIPs that a vrouter has."""

    async def get_vpc_ipsec_log(
        self,
        *,
        uuid: str,
        lines: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """What the IPsec daemon of a vrouter has said last; asks its host."""

    async def get_vpc_vrouter_distributed_routing_connections(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """How each pair that talks through a vrouter stands with distributed routing; asks its hosts."""

    async def get_vpc_vrouter_distributed_routing_enabled(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether hosts route between a vrouter's subnets themselves."""

    async def get_vpc_vrouter_network_service_state(
        self,
        *,
        uuid: str,
        network_service: str,
        l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Whether a vrouter's source NAT is on."""

    async def get_vpc_vrouter_runtime(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """What a vrouter is at this moment: routes, neighbours, nftables, connections, what failed; asks its
        host."""

    async def get_vrouter_route_table(
        self,
        *,
        virtual_router_vm_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The routes of a vrouter's kernel at this moment, and the entries of its table that are not among them."""

    async def get_vswitch_types(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """The kinds of switches that hosts have."""

    async def get_zone(self, *, uuid: str, system_tags: Sequence[str] = ()) -> list[ZoneInventory]:
        """Read one zone."""

    async def is_opensource_version(self, *, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Whether this is free software."""

    async def is_ready_to_go(
        self,
        *,
        management_node_id: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Whether a copy of the server takes requests."""

    async def log_in(
        self,
        *,
        username: str,
        password: str,
        login_type: str,
        captcha_uuid: str | None = None,
        verify_code: str | None = None,
        client_info: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Open a session as an account, or as a user of the account that `properties` names."""

    async def log_in_by_account(
        self,
        *,
        account_name: str,
        password: str,
        account_type: str | None = None,
        captcha_uuid: str | None = None,
        verify_code: str | None = None,
        client_info: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Open a session with an account's name and password."""

    async def log_in_by_user(
        self,
        *,
        account_uuid: str | None = None,
        account_name: str | None = None,
        user_name: str,
        password: str,
        client_info: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Open a session as a user of an account."""

    async def log_out(
        self,
        *,
        session_uuid: str | None = None,
        client_info: Mapping[str, str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Close a session."""

    async def migrate_vm(
        self,
        *,
        vm_instance_uuid: str,
        host_uuid: str | None = None,
        migrate_from_destination: bool | None = None,
        allow_unknown: bool | None = None,
        strategy: str | None = None,
        down_time: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Move a running VM to another host; it keeps its MAC and IP addresses and its connections."""

    async def pause_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Stop a VM's clock."""

    async def provision_virtual_router_config(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> ApplianceVmInventory:
        """Tell a vrouter all that it should do once more."""

    async def query_access_control_list(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccessControlListInventory]:
        """Find access control lists."""

    async def query_access_key(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccessKeyInventory]:
        """Find access keys."""

    async def query_account(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccountInventory]:
        """Find accounts."""

    async def query_account_resource_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AccountResourceRefInventory]:
        """Find out which account owns what."""

    async def query_address_pool(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AddressPoolInventory]:
        """Find the address pools of public networks."""

    async def query_agent(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[AgentInventory]:
        """Find agents: those of hosts, and those that wait to be claimed."""

    async def query_appliance_vm(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ApplianceVmInventory]:
        """Find appliance VMs."""

    async def query_backup_storage(self, *, system_tags: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Find stores of images."""

    async def query_certificate(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[CertificateInventory]:
        """Find certificates."""

    async def query_cluster(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ClusterInventory]:
        """Find clusters."""

    async def query_eip(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[EipInventory]:
        """Find EIPs."""

    async def query_event_log(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[EventLogInventory]:
        """Find out who did what, when, and how it ended."""

    async def query_global_config(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[GlobalConfigInventory]:
        """Find global configs."""

    async def query_host(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[HostInventory]:
        """Find hosts."""

    async def query_host_network_bonding(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[HostNetworkBondingInventory]:
        """Find bonds of hosts."""

    async def query_host_network_interface(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[HostNetworkInterfaceInventory]:
        """Find interfaces of hosts."""

    async def query_image(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ImageInventory]:
        """Find images."""

    async def query_instance_offering(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[InstanceOfferingInventory]:
        """Find instance offerings."""

    async def query_ip_address(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UsedIpInventory]:
        """Find addresses in use."""

    async def query_ip_range(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[IpRangeInventory]:
        """Find IP ranges."""

    async def query_ipsec_connection(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[IPsecConnectionInventory]:
        """Find IPsec connections."""

    async def query_l2_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[L2NetworkInventory]:
        """Find L2 networks of any type."""

    async def query_l2_vlan_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[L2VlanNetworkInventory]:
        """Find VLAN networks."""

    async def query_l2_vxlan_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VxlanNetworkInventory]:
        """Find VXLAN networks."""

    async def query_l2_vxlan_network_pool(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VxlanNetworkPoolInventory]:
        """Find VXLAN pools."""

    async def query_l3_network(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[L3NetworkInventory]:
        """Find L3 networks."""

    async def query_load_balancer(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LoadBalancerInventory]:
        """Find load balancers."""

    async def query_load_balancer_listener(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LoadBalancerListenerInventory]:
        """Find listeners of load balancers."""

    async def query_load_balancer_server_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LoadBalancerServerGroupInventory]:
        """Find server groups of load balancers."""

    async def query_long_job(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[LongJobInventory]:
        """Find actions in the background."""

    async def query_management_node(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ManagementNodeInventory]:
        """Find the copies of the server."""

    async def query_network_service_l3_network_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[NetworkServiceL3NetworkRefInventory]:
        """Find which services are attached to which networks."""

    async def query_network_service_provider(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[NetworkServiceProviderInventory]:
        """Find who provides network services."""

    async def query_policy(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyInventory]:
        """Find policies."""

    async def query_policy_route_rule(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleInventory]:
        """Find policy rules."""

    async def query_policy_route_rule_set(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleSetInventory]:
        """Find sets of policy rules."""

    async def query_policy_route_rule_set_l3_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleSetL3RefInventory]:
        """Find which networks have which policy rules."""

    async def query_policy_route_rule_set_vrouter_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteRuleSetVRouterRefInventory]:
        """Find which vrouters have which policy rules."""

    async def query_policy_route_table(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteTableInventory]:
        """Find tables of policy routes."""

    async def query_policy_route_table_route_entry(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteTableRouteEntryInventory]:
        """Find routes of policy tables."""

    async def query_policy_route_table_vrouter_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PolicyRouteTableVRouterRefInventory]:
        """Find which vrouters have which policy tables."""

    async def query_port_forwarding_rule(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[PortForwardingRuleInventory]:
        """Find port forwarding rules."""

    async def query_primary_storage(self, *, system_tags: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Find storages."""

    async def query_quota(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[QuotaInventory]:
        """Find quotas."""

    async def query_resource_config(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ResourceConfigInventory]:
        """Find the settings that single resources have."""

    async def query_security_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SecurityGroupInventory]:
        """Find security groups."""

    async def query_security_group_rule(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SecurityGroupRuleInventory]:
        """Find rules of security groups."""

    async def query_shared_resource(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SharedResourceInventory]:
        """Find out what is shared with whom."""

    async def query_system_tag(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[SystemTagInventory]:
        """Find system tags."""

    async def query_tag(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[TagPatternInventory]:
        """Find tags that can be attached to many resources."""

    async def query_user(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UserInventory]:
        """Find users."""

    async def query_user_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UserGroupInventory]:
        """Find groups of users."""

    async def query_user_tag(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[UserTagInventory]:
        """Find users' tags on resources."""

    async def query_vip(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VipInventory]:
        """Find VIPs."""

    async def query_virtual_router_offering(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VirtualRouterOfferingInventory]:
        """Find vrouter offerings."""

    async def query_virtual_router_vm(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VirtualRouterVmInventory]:
        """Find vrouters."""

    async def query_virtual_router_vrouter_route_table_ref(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VirtualRouterVRouterRouteTableRefInventory]:
        """Find which vrouters have which route tables."""

    async def query_vm_instance(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmInstanceInventory]:
        """Find VMs and vrouters."""

    async def query_vm_nic(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicInventory]:
        """Find NICs."""

    async def query_vm_nic_allowed_address_pair(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicAllowedAddressPairInventory]:
        """Find allowed address pairs."""

    async def query_vm_nic_in_security_group(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicSecurityGroupRefInventory]:
        """Find which NICs are in which groups."""

    async def query_vm_nic_security_policy(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VmNicSecurityPolicyInventory]:
        """Find NICs' policies."""

    async def query_vni_range(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VniRangeInventory]:
        """Find VNI ranges."""

    async def query_volume(self, *, system_tags: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Find volumes."""

    async def query_vpc_router(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VpcRouterVmInventory]:
        """Find VPC vrouters."""

    async def query_vpc_shared_qos(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VpcSharedQosInventory]:
        """Find bandwidths that VIPs share."""

    async def query_vpc_snat_state(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VpcSnatStateInventory]:
        """Find the source NAT states of vrouters."""

    async def query_vrouter_route_entry(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VRouterRouteEntryInventory]:
        """Find entries of route tables."""

    async def query_vrouter_route_table(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VRouterRouteTableInventory]:
        """Find route tables."""

    async def query_vtep(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[VtepInventory]:
        """Find the hosts' tunnel ends."""

    async def query_wireguard_connection(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[WireGuardConnectionInventory]:
        """Find WireGuard connections."""

    async def query_wireguard_peer(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[WireGuardPeerInventory]:
        """Find WireGuard peers."""

    async def query_zone(
        self,
        *conditions: str,
        q: Sequence[str] | None = None,
        limit: int | None = None,
        start: int | None = None,
        sort: str | None = None,
        fields: Sequence[str] | None = None,
        count: bool | None = None,
        reply_with_count: bool | None = None,
        group_by: str | None = None,
        filter_name: str | None = None,
    ) -> list[ZoneInventory]:
        """Find zones."""

    async def reboot_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> VmInstanceInventory:
        """Restart a running VM or vrouter on its host."""

    async def reconnect_host(self, *, uuid: str, system_tags: Sequence[str] = ()) -> HostInventory:
        """Have a host's agent read its kernel anew and report its facts, and check them again (VTEPs,
        interfaces)."""

    async def reconnect_ipsec_connection(
        self,
        *,
        uuid: str,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """End a connection's tunnel and make it again."""

    async def reconnect_virtual_router(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> ApplianceVmInventory:
        """Make sure that a vrouter does all that it should."""

    async def recover_image(
        self,
        *,
        image_uuid: str,
        backup_storage_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Bring a deleted image back."""

    async def recover_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> VmInstanceInventory:
        """Take a destroyed VM back; it is Stopped and has no NICs."""

    async def refresh_load_balancer(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LoadBalancerInventory:
        """Wait until a load balancer's vrouter is as it must be."""

    async def reimage_vm_instance(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Put a VM's disk back to its image."""

    async def remove_access_control_list_entry(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        acl_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> AccessControlListInventory:
        """Take addresses off a list."""

    async def remove_access_control_list_from_load_balancer(
        self,
        *,
        acl_uuids: Sequence[str],
        listener_uuid: str,
        server_group_uuids: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Let a listener heed lists no longer."""

    async def remove_backend_server_from_server_group(
        self,
        *,
        server_group_uuid: str,
        vm_nic_uuids: Sequence[str] | None = None,
        server_ips: Sequence[str] | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Take servers out of a group; connections that they have go on to their ends."""

    async def remove_certificate_from_load_balancer_listener(
        self,
        *,
        certificate_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Present a certificate no longer; without any, the listener is closed."""

    async def remove_dns_from_l3_network(
        self,
        *,
        l3_network_uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Take a DNS server from a network."""

    async def remove_dns_from_vpc_router(
        self,
        *,
        uuid: str,
        dns: str,
        system_tags: Sequence[str] = (),
    ) -> VpcRouterVmInventory:
        """Remove an upstream resolver from a vrouter."""

    async def remove_host_route_from_l3_network(
        self,
        *,
        l3_network_uuid: str,
        prefix: str,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Take a host route from a network."""

    async def remove_remote_cidrs_from_ipsec_connection(
        self,
        *,
        uuid: str,
        peer_cidrs: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Networks behind the peer leave a connection."""

    async def remove_server_group_from_load_balancer_listener(
        self,
        *,
        server_group_uuid: str,
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Send nothing new of a listener to the servers of a group."""

    async def remove_user_from_group(
        self,
        *,
        user_uuid: str,
        group_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take a user out of a group."""

    async def remove_vm_nic_allowed_address_pair(
        self,
        *,
        uuid: str,
        delete_mode: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take an allowed address pair from its NIC."""

    async def remove_vm_nic_from_load_balancer(
        self,
        *,
        vm_nic_uuids: Sequence[str],
        listener_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Send nothing new to NICs; connections that they have go on to their ends."""

    async def renew_session(
        self,
        *,
        session_uuid: str,
        duration: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> SessionInventory:
        """Let a session live longer."""

    async def request_console_access(
        self,
        *,
        vm_instance_uuid: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Open a VM's screen."""

    async def rerun_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LongJobInventory:
        """Run a long job once more that has ended."""

    async def reset_global_config(self, *, system_tags: Sequence[str] = ()) -> None:
        """Give every setting its default again."""

    async def resume_long_job(self, *, uuid: str, system_tags: Sequence[str] = ()) -> LongJobInventory:
        """Go on with a suspended long job."""

    async def resume_vm_instance(self, *, uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Let a paused VM go on."""

    async def revoke_resource_sharing(
        self,
        *,
        resource_uuids: Sequence[str],
        to_public: bool | None = None,
        account_uuids: Sequence[str] | None = None,
        all: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Take shares back. What was made with them stays and works; nothing new can be."""

    async def set_l3_network_mtu(self, *, l3_network_uuid: str, mtu: int, system_tags: Sequence[str] = ()) -> None:
        """Set the size of the largest packet in a network."""

    async def set_l3_network_router_interface_ip(
        self,
        *,
        l3_network_uuid: str,
        router_interface_ip: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give the router's interface another address than the gateway."""

    async def set_nic_qos(
        self,
        *,
        uuid: str,
        outbound_bandwidth: int | None = None,
        inbound_bandwidth: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Limit the bandwidth of a VM's NIC."""

    async def set_vip_qos(
        self,
        *,
        uuid: str,
        port: int | None = None,
        outbound_bandwidth: int | None = None,
        inbound_bandwidth: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> VipQosInventory:
        """Limit the bandwidth of a VIP, or of one of its ports within that."""

    async def set_vm_boot_order(
        self,
        *,
        uuid: str,
        boot_order: Sequence[Any] | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Choose from what a VM boots."""

    async def set_vm_clean_traffic(
        self,
        *,
        uuid: str,
        enable: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Switch a VM's anti-spoofing on or off, at once."""

    async def set_vm_hostname(self, *, uuid: str, hostname: str, system_tags: Sequence[str] = ()) -> None:
        """Set the host name that DHCP tells a VM."""

    async def set_vm_nic_security_group(
        self,
        *,
        vm_nic_uuid: str,
        refs: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Put a NIC into exactly these security groups, in this order."""

    async def set_vm_ssh_key(self, *, uuid: str, ssh_key: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Put an SSH key onto a VM's disk."""

    async def set_vm_static_ip(
        self,
        *,
        vm_instance_uuid: str,
        l3_network_uuid: str,
        ip: str | None = None,
        ip6: str | None = None,
        netmask: str | None = None,
        gateway: str | None = None,
        ipv6_gateway: str | None = None,
        ipv6_prefix: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Give a VM's NIC an address of its network that it keeps."""

    async def set_vpc_vrouter_distributed_routing_enabled(
        self,
        *,
        uuid: str,
        state_event: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Have hosts route between a vrouter's subnets themselves, or leave it to the vrouter."""

    async def set_vpc_vrouter_network_service_state(
        self,
        *,
        uuid: str,
        network_service: str,
        state: str,
        l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Switch a vrouter's source NAT on or off, towards one public network or all."""

    async def share_resource(
        self,
        *,
        resource_uuids: Sequence[str],
        account_uuids: Sequence[str] | None = None,
        to_public: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Let other accounts use networks, pools, offerings, security groups, certificates or access control
        lists."""

    async def start_vm_instance(
        self,
        *,
        uuid: str,
        cluster_uuid: str | None = None,
        host_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Start a stopped VM or vrouter."""

    async def stop_vm_instance(
        self,
        *,
        uuid: str,
        type: str | None = None,
        stop_ha: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Stop a running VM or vrouter; it keeps its addresses."""

    async def submit_long_job(
        self,
        *,
        resource_uuid: str | None = None,
        tag_uuids: Sequence[str] | None = None,
        job_name: str,
        job_data: str,
        name: str | None = None,
        description: str | None = None,
        target_resource_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LongJobInventory:
        """Run an action in the background."""

    async def update_account(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        password: str | None = None,
        old_password: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> AccountInventory:
        """Change an account's name, description or password; everybody else who acts for it logs in anew then."""

    async def update_certificate(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> CertificateInventory:
        """Change a certificate's name or description."""

    async def update_cluster(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> ClusterInventory:
        """Change a cluster's name or description."""

    async def update_eip(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> EipInventory:
        """Change an EIP's name or description."""

    async def update_global_config(
        self,
        *,
        category: str,
        name: str,
        value: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> GlobalConfigInventory:
        """Change a setting of the whole cloud."""

    async def update_host(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        management_ip: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Change a host's name, description or management address."""

    async def update_image(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        guest_os_type: str | None = None,
        media_type: str | None = None,
        format: str | None = None,
        system: bool | None = None,
        platform: str | None = None,
        architecture: str | None = None,
        virtio: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Change an image's name and properties."""

    async def update_instance_offering(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        allocator_strategy: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> InstanceOfferingInventory:
        """Change an offering's name or description."""

    async def update_ip_range(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IpRangeInventory:
        """Rename or describe an IP range."""

    async def update_ipsec_connection(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> IPsecConnectionInventory:
        """Change a connection's name or description."""

    async def update_kvm_host(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        management_ip: str | None = None,
        username: str | None = None,
        password: str | None = None,
        ssh_port: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> HostInventory:
        """Change a host's name, description, management address or kept credentials."""

    async def update_l2_network(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> L2NetworkInventory:
        """Rename or describe an L2 network."""

    async def update_l3_network(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        dns_domain: str | None = None,
        category: str | None = None,
        system: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> L3NetworkInventory:
        """Change an L3 network's name, description, DNS domain or category."""

    async def update_load_balancer(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerInventory:
        """Change a load balancer's name or description."""

    async def update_load_balancer_listener(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerListenerInventory:
        """Change a listener's name or description."""

    async def update_load_balancer_server_group(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LoadBalancerServerGroupInventory:
        """Change a server group's name or description."""

    async def update_long_job(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> LongJobInventory:
        """Change a long job's name or description."""

    async def update_policy_route_rule_set(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PolicyRouteRuleSetInventory:
        """Change a rule set's name or description."""

    async def update_port_forwarding_rule(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> PortForwardingRuleInventory:
        """Change a rule's name or description."""

    async def update_quota(
        self,
        *,
        identity_uuid: str,
        name: str,
        value: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> QuotaInventory:
        """Let an account have more of something, or less; what it has stays."""

    async def update_resource_config(
        self,
        *,
        category: str,
        name: str,
        resource_uuid: str,
        value: str,
        system_tags: Sequence[str] = (),
    ) -> ResourceConfigInventory:
        """Give a resource its own value of a setting."""

    async def update_resource_configs(
        self,
        *,
        resource_uuid: str,
        resource_configs: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> list[ResourceConfigInventory]:
        """Give a resource its own values of several settings."""

    async def update_security_group(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Change a security group's name or description."""

    async def update_security_group_rule_priority(
        self,
        *,
        security_group_uuid: str,
        type: str,
        rules: Sequence[Any],
        system_tags: Sequence[str] = (),
    ) -> SecurityGroupInventory:
        """Put all rules of a direction in a new order."""

    async def update_system_tag(
        self,
        *,
        uuid: str,
        tag: str,
        system_tags: Sequence[str] = (),
    ) -> SystemTagInventory:
        """Change a system tag."""

    async def update_tag(
        self,
        *,
        uuid: str,
        name: str | None = None,
        value: str | None = None,
        description: str | None = None,
        color: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> TagPatternInventory:
        """Change a tag's name, text, description or color."""

    async def update_user(
        self,
        *,
        uuid: str | None = None,
        name: str | None = None,
        description: str | None = None,
        password: str | None = None,
        old_password: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserInventory:
        """Change a user; a user changes its own password."""

    async def update_user_group(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> UserGroupInventory:
        """Rename a group or describe it."""

    async def update_vip(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VipInventory:
        """Change a VIP's name or description."""

    async def update_virtual_router(
        self,
        *,
        vm_instance_uuid: str,
        default_route_l3_network_uuid: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VirtualRouterVmInventory:
        """Move a vrouter's default route to another of its public networks."""

    async def update_virtual_router_offering(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        is_default: bool | None = None,
        image_uuid: str | None = None,
        allocator_strategy: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VirtualRouterOfferingInventory:
        """Change a vrouter offering's name, description, image, or whether it is the default."""

    async def update_virtual_router_software_version(
        self,
        *,
        uuid: str,
        software_name: str,
        target_version: str,
        system_tags: Sequence[str] = (),
    ) -> None:
        """Refused: the IPsec software of vrouters is a package of their hosts, whose package manager updates it."""

    async def update_vm_instance(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        state: str | None = None,
        default_l3_network_uuid: str | None = None,
        platform: str | None = None,
        cpu_num: int | None = None,
        memory_size: int | None = None,
        reserved_memory_size: int | None = None,
        guest_os_type: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VmInstanceInventory:
        """Change a VM's name, description, default network or size."""

    async def update_vm_network_config(
        self,
        *,
        vm_instance_uuid: str,
        vm_nic_uuids: Sequence[str],
        system_tags: Sequence[str] = (),
    ) -> None:
        """Write addresses into a guest."""

    async def update_vm_nic_driver(
        self,
        *,
        vm_instance_uuid: str,
        vm_nic_uuid: str,
        driver_type: str,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Choose what device a guest sees."""

    async def update_vm_nic_mac(
        self,
        *,
        vm_nic_uuid: str,
        mac: str,
        system_tags: Sequence[str] = (),
    ) -> VmNicInventory:
        """Give a NIC of a stopped VM another MAC address."""

    async def update_vni_range(self, *, uuid: str, name: str, system_tags: Sequence[str] = ()) -> VniRangeInventory:
        """Rename a VNI range."""

    async def update_vpc_shared_qos(
        self,
        *,
        uuid: str,
        name: str,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VpcSharedQosInventory:
        """Change the name or description of a shared bandwidth."""

    async def update_vrouter_route_table(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> VRouterRouteTableInventory:
        """Change a route table's name or description."""

    async def update_wireguard_connection(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        l3_network_uuids: Sequence[str] | None = None,
        address: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardConnectionInventory:
        """Change the name, the description, the subnets or the tunnel address of a connection."""

    async def update_wireguard_peer(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        allowed_cidrs: Sequence[str] | None = None,
        endpoint: str | None = None,
        persistent_keepalive: int | None = None,
        system_tags: Sequence[str] = (),
    ) -> WireGuardPeerInventory:
        """Change a peer; absent parameters stay as they are."""

    async def update_zone(
        self,
        *,
        uuid: str,
        name: str | None = None,
        description: str | None = None,
        is_default: bool | None = None,
        system_tags: Sequence[str] = (),
    ) -> ZoneInventory:
        """Change a zone's name, description or whether it is the default."""

    async def validate_security_group_rule(
        self,
        *,
        security_group_uuid: str,
        type: str,
        protocol: str,
        remote_security_group_uuid: str | None = None,
        ip_version: int | None = None,
        src_ip_range: str | None = None,
        dst_ip_range: str | None = None,
        dst_port_range: str | None = None,
        action: str | None = None,
        start_port: int | None = None,
        end_port: int | None = None,
        allowed_cidr: str | None = None,
        system_tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Ask whether a rule could be added."""

    async def validate_session(self, *, session_uuid: str, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Ask whether a session is open."""

    async def zql_query(self, *, zql: str | None = None, system_tags: Sequence[str] = ()) -> dict[str, Any]:
        """Ask in ZQL: query, count and sum, with sub-queries, and several at once."""

