package main

import (
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const clusterName = "active"

// newServer configures one process with all four services, each of which knows
// the others by a fixed address, so that no membership protocol is needed.
func newServer(o options, store config.Persistence, logger log.Logger) (temporal.Server, error) {
	cfg := serverConfig(o, store)
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, service := range cfg.Services {
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(hostPort(service.RPC.BindOnIP, service.RPC.GRPCPort))
	}
	return temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithDynamicConfigClient(limits(o.SharedLimits)),
	)
}

func serverConfig(o options, store config.Persistence) *config.Config {
	frontend := hostPort(o.IP, o.Port)
	internal := func() config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: freePort(), BindOnIP: "127.0.0.1"}}
	}
	cfg := &config.Config{
		Persistence: store,
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): {RPC: config.RPC{GRPCPort: o.Port, BindOnIP: o.IP}},
			string(primitives.HistoryService):  internal(),
			string(primitives.MatchingService): internal(),
			string(primitives.WorkerService):   internal(),
		},
		PublicClient: config.PublicClient{HostPort: frontend},
	}
	cfg.Archival.History.State = "disabled"
	cfg.Archival.Visibility.State = "disabled"
	cfg.NamespaceDefaults.Archival.History.State = "disabled"
	cfg.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return cfg
}

// limits are the server's own limits as they suit one trusted product on one
// machine: the default rate limits guard a shared cluster and would throttle a
// bulk import, the default caches are sized for a host of their own.
func limits(shared bool) dynamicconfig.StaticClient {
	out := dynamicconfig.StaticClient{
		// About 8,000 cases in memory instead of 128,000.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8192,
		// One process polls each task queue: more partitions only add hops between them.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	}
	if shared {
		return out
	}
	for _, key := range []dynamicconfig.Key{
		dynamicconfig.FrontendRPS.Key(), dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key(), dynamicconfig.HistoryRPS.Key(), dynamicconfig.MatchingRPS.Key(),
		dynamicconfig.FrontendPersistenceMaxQPS.Key(), dynamicconfig.HistoryPersistenceMaxQPS.Key(), dynamicconfig.MatchingPersistenceMaxQPS.Key(),
	} {
		out[key] = 50_000
	}
	out[dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key()] = 200
	return out
}
