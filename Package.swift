// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// MARK: Dependencies by the name of their product

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")

// MARK: Kinds of targets

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// One worker: its manifold and its worker, in a folder of its own.
func manifold(_ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: "\(folder)Manifold",
        dependencies: ["AgentResources", "DependencyEngine", logging] + dependencies,
        path: "manifolds/\(folder)",
        swiftSettings: settings
    )
}

func executable(
    _ name: String,
    _ dependencies: [Target.Dependency],
    path: String? = nil,
    linking: [LinkerSetting] = []
) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: path,
        swiftSettings: settings,
        linkerSettings: linking
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

// MARK: The package

let package = Package(
    name: "holdfast",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "DependencyEngine", targets: ["DependencyEngine"]),
        .library(name: "DependencyEngineTesting", targets: ["DependencyEngineTesting"]),
        .library(name: "EnginePlugins", targets: ["EnginePlugins"]),
        .library(name: "Systemd", targets: ["Systemd"]),
        .library(name: "HoldfastClient", targets: ["HoldfastClient"]),
        .executable(name: "holdfastd", targets: ["holdfastd"]),
        .executable(name: "holdfast", targets: ["holdfast"]),
        .executable(name: "leaseclaimer", targets: ["leaseclaimer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // System libraries
        .systemLibrary(name: "CRaft", pkgConfig: "raft", providers: [.apt(["libraft-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),

        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CChecksum"),
        .systemLibrary(name: "CPrefetch"),

        // The engine
        library("DependencyEngine", [lifecycle, logging, metrics]),
        library("DependencyEngineTesting", ["DependencyEngine", logging]),
        library("EnginePlugins", ["DependencyEngine", logging]),

        // Pure: no I/O, no clock, no task, no lock, no logger
        library("Checksum", ["CChecksum"]),
        library("Leases", ["CPrefetch", deque, heap]),
        library("Consensus", ["CRaft", deque]),
        library("Simulator", ["Consensus", "Leases"]),
        library("Plots"),
        library("CommandArguments", [argumentParser]),
        library("LoadReport", ["Plots"]),

        // Libraries with effects
        library("Prometheus", [metrics]),
        library("LogStore", ["Checksum", "Consensus", grdb]),
        library("Hub", [deque, nioConcurrency]),
        library("ClusterIdentity", [asn1, crypto, nioSSL, x509]),
        library("RPC", [deque, logging, nioConcurrency, nioCore, nioHTTP1, nioPosix, nioSSL, nioWebSocket]),
        library("Framing", ["Checksum", nioCore]),
        library(
            "PeerTransport",
            ["ClusterIdentity", "Consensus", "Framing", "RPC", logging, nioConcurrency, nioCore, nioSSL]
        ),
        library("Systemd", ["CSystemd", logging]),
        library("HoldfastClient", ["RPC", logging, nioConcurrency, nioCore, nioPosix, nioSSL]),
        library(
            "AgentResources",
            [
                "ClusterIdentity", "DependencyEngine", "Hub", "Leases", nioCore, nioConcurrency, heap,
            ]
        ),

        // Workers
        manifold("DataDirectory"),
        manifold("Identity", ["ClusterIdentity"]),
        manifold("OperationHub", ["Leases", nioConcurrency]),
        manifold("CentralHub", ["ClusterIdentity", "Hub"]),
        manifold(
            "Raft",
            ["ClusterIdentity", "Consensus", "Leases", "LogStore", "PeerTransport", nioConcurrency, nioCore, nioPosix]
        ),
        manifold("LeaderFlag"),
        manifold("RaftForwarder", ["Hub", "Leases", nioConcurrency]),
        manifold("GlobalClockUpdater", ["Leases"]),
        manifold("LeaseManager", ["Leases", deque, heap, nioConcurrency]),
        manifold(
            "LeaseTransport",
            ["ClusterIdentity", "Hub", "Leases", "RPC", deque, nioConcurrency, nioCore, nioPosix]
        ),
        manifold("Metrics", ["Leases", "Prometheus", nioConcurrency]),
        manifold("ServiceNotifier", ["Systemd"]),
        manifold(
            "PubSubForwarder",
            ["ClusterIdentity", "Framing", "Hub", "RPC", deque, nioConcurrency, nioCore, nioPosix, nioSSL]
        ),
        manifold(
            "APIServer",
            [
                "ClusterIdentity", "Leases", "RPC", nioConcurrency, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]
        ),

        // The agent
        library(
            "HoldfastAgent",
            [
                "AgentResources", "APIServerManifold", "CentralHubManifold", "ClusterIdentity", "DataDirectoryManifold",
                "DependencyEngine", "EnginePlugins", "GlobalClockUpdaterManifold", "IdentityManifold",
                "LeaderFlagManifold",
                "LeaseManagerManifold", "LeaseTransportManifold", "MetricsManifold", "OperationHubManifold",
                "Prometheus",
                "PubSubForwarderManifold", "RPC",
                "RaftForwarderManifold",
                "RaftManifold", "ServiceNotifierManifold", "Systemd", lifecycle, logging, nioConcurrency, nioCore,
                nioPosix, unixSignals,
            ]
        ),

        // Executables
        executable(
            "holdfastd",
            [
                "ClusterIdentity", "DependencyEngine", "EnginePlugins", "HoldfastAgent", argumentParser, lifecycle,
                logging,
            ],
            // Plugins share the agent's engine, and know the build they fit by its id.
            linking: [
                .unsafeFlags(
                    ["-Xlinker", "--export-dynamic", "-Xlinker", "--build-id=sha1"],
                    .when(platforms: [.linux])
                )
            ]
        ),
        executable("holdfast", ["CommandArguments", "CProcess", "HoldfastClient", "RPC", argumentParser, logging]),
        executable(
            "leaseclaimer",
            [
                "CommandArguments", "HoldfastClient", "LoadReport", "Plots", "RPC", argumentParser, deque, histogram,
                nioConcurrency, nioCore, nioPosix, nioSSL,
            ]
        ),
        executable("simulate", ["Simulator", argumentParser]),
        executable(
            "benchmarks",
            [
                "AgentResources", "ClusterIdentity", "Consensus", "DependencyEngine", "HoldfastAgent", "HoldfastClient",
                "Leases", "LoadReport", "LogStore", "PeerTransport", "Plots", "Prometheus", "RPC", "RaftManifold",
                argumentParser, histogram, lifecycle, logging, nioConcurrency, nioCore, nioPosix, nioSSL,
            ],
            path: "Benchmarks"
        ),

        // Tests
        tests(
            "DependencyEngineTests",
            ["DependencyEngine", "DependencyEngineTesting", lifecycle, logging, metrics, metricsTestKit]
        ),
        tests("EnginePluginsTests", ["EnginePlugins", "DependencyEngine", logging]),
        tests(
            "DocumentationTests",
            [
                "DependencyEngine", "DependencyEngineTesting", "EnginePlugins", lifecycle, logging, metrics,
                metricsTestKit, unixSignals,
            ]
        ),
        tests("ChecksumTests", ["Checksum"]),
        tests("LeasesTests", ["Leases"]),
        tests("ConsensusTests", ["Consensus", "CRaft"]),
        tests("SimulationTests", ["Simulator", "Consensus", "Leases"]),
        tests("PrometheusTests", ["Prometheus", metrics]),
        tests("LogStoreTests", ["LogStore", "Consensus"]),
        tests("FramingTests", ["Framing", nioCore, nioEmbedded]),
        tests("HubTests", ["Hub"]),
        tests("ClusterIdentityTests", ["ClusterIdentity", nioSSL]),
        tests(
            "RPCTests",
            ["RPC", logging, nioConcurrency, nioCore, nioEmbedded, nioHTTP1, nioPosix, nioSSL, nioWebSocket]
        ),
        tests(
            "PeerTransportTests",
            [
                "PeerTransport", "Consensus", "ClusterIdentity", "Framing", "RPC", logging, nioConcurrency, nioCore,
                nioEmbedded, nioHTTP1, nioPosix, nioSSL,
            ]
        ),
        tests("PlotsTests", ["Plots"]),
        tests(
            "LeaseClaimerTests",
            [
                "leaseclaimer", "CommandArguments", "HoldfastClient", "LoadReport", "Plots", "RPC", argumentParser,
                nioConcurrency, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]
        ),
        tests("SystemdTests", ["Systemd", logging]),
        tests("ServiceNotifierManifoldTests", ["ServiceNotifierManifold", "AgentResources"]),
        tests(
            "HoldfastClientTests",
            ["HoldfastClient", "RPC", logging, nioConcurrency, nioCore, nioHTTP1, nioPosix, nioSSL]
        ),
        tests(
            "ManifoldTests",
            [
                "AgentResources", "CentralHubManifold", "ClusterIdentity", "DependencyEngine", "Framing",
                "GlobalClockUpdaterManifold",
                "Hub", "LeaderFlagManifold", "LeaseManagerManifold", "LeaseTransportManifold", "Leases",
                "MetricsManifold", "OperationHubManifold", "Prometheus",
                "PubSubForwarderManifold", "RPC", "RaftForwarderManifold", logging, nioConcurrency, nioCore, nioHTTP1,
                nioPosix,
            ]
        ),
        tests(
            "RaftManifoldTests",
            [
                "RaftManifold", "AgentResources", "ClusterIdentity", "Consensus", "LogStore", "Leases",
                "DependencyEngine", "PeerTransport", "RPC", logging, nioConcurrency, nioCore, nioHTTP1, nioPosix,
                nioSSL,
            ]
        ),
        tests(
            "APIServerManifoldTests",
            [
                "APIServerManifold", "AgentResources", "ClusterIdentity", "DependencyEngine", "LeaseTransportManifold",
                "Leases", "RPC", logging,
                nioConcurrency, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]
        ),
        tests(
            "IntegrationTests",
            [
                "HoldfastAgent", "HoldfastClient", "AgentResources", "ClusterIdentity", "DependencyEngine",
                "Prometheus", "RPC",
                logging, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
