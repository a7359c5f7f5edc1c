import ClusterIdentity
import Foundation
import RPC
import Testing

@Suite(.serialized) struct CommandTests {
    @Test("holdfast claims, names the holder to another, and says so in its exit status")
    func claim() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let granted = try cluster.holdfast("lease", "claim", "db", "--holder", "a", "--for", "30s", "--format", "json")
        #expect(granted.status == 0)
        let answer = try JSONValue.parse(Array(granted.output.utf8))
        #expect(answer["outcome"] == "applied")
        #expect(answer["holder"] == "a")
        #expect((answer["token"]?.int ?? 0) > 0)
        let held = try cluster.holdfast("lease", "claim", "db", "--holder", "b")
        #expect(held.status == 3)
        #expect(held.output.contains("held by a"))
        let short = try cluster.holdfast("lease", "claim", "db", "--holder", "b", "--for", "1s")
        #expect(short.status == 64)
        #expect(short.errors.contains("2000"))
        #expect(try cluster.holdfast("lease", "claim", "db").status == 64)
    }

    @Test("status lists every controller with every key, also one that is down")
    func status() async throws {
        let cluster = try TestCluster()
        let leader = try await cluster.leader()
        let down = try #require(cluster.servers.first { $0.id != leader })
        cluster.kill9(down.id)
        let status = try cluster.holdfast("status", "--format", "json")
        #expect(status.status == 0)
        let controllers = try #require(try JSONValue.parse(Array(status.output.utf8))["controllers"]?.array)
        #expect(controllers.count == 3)
        for controller in controllers {
            let keys = Set(controller.object?.keys ?? [])
            #expect(keys.isSuperset(of: ["id", "address", "role", "term", "commit-index", "reachable"]))
        }
        #expect(controllers.count { $0["role"] == "leader" } == 1)
        #expect(controllers.contains { $0["reachable"] == false && $0["id"]?.int == Int64(down.id) })
    }

    @Test("lease run gives its command the token, and takes over its exit status")
    func run() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let result = try cluster.holdfast(
            "lease",
            "run",
            "db",
            "--holder",
            "a",
            "--",
            "sh",
            "-c",
            "echo token=$HOLDFAST_TOKEN; exit 7"
        )
        #expect(result.status == 7)
        #expect(result.output == "token=1\n")
        #expect(try cluster.holdfast("lease", "check", "db").output.contains("free"))
        let missing = try cluster.holdfast("lease", "run", "db", "--holder", "a", "--", "no-such-command")
        #expect(missing.status == 127)
        #expect(missing.errors.contains("no-such-command"))
    }

    // Idle threads of the cooperative pool retire after some five seconds; one of them must not be the command's parent.
    @Test("lease run keeps a quiet command alive past several renewals")
    func quietCommand() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let result = try cluster.holdfast(
            "lease",
            "run",
            "db",
            "--holder",
            "a",
            "--for",
            "3s",
            "--",
            "sh",
            "-c",
            "sleep 8; echo done"
        )
        #expect(result.status == 0)
        #expect(result.output == "done\n")
    }

    @Test("lease run with --no-wait gives up at once when another holds the lease")
    func noWait() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        #expect(try cluster.holdfast("lease", "claim", "db", "--holder", "b").status == 0)
        let result = try cluster.holdfast("lease", "run", "db", "--holder", "a", "--no-wait", "--", "true")
        #expect(result.status == 3)
        #expect(result.errors.contains("held by b"))
    }

    @Test("a second agent that is refused leaves the first one's engine socket alone")
    func socketKept() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let configuration = "\(cluster.directory)/second.json"
        try #"{"data-directory": "1/data", "listen": "127.0.0.1:1"}"#
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let second = Process()
        second.executableURL = program("holdfastd")
        second.arguments = ["run", "--config", configuration]
        second.standardError = Pipe()
        try second.run()
        second.waitUntilExit()
        #expect(second.terminationStatus == 1)
        let why = try cluster.holdfast(
            "engine",
            "why",
            "raft",
            "--socket",
            cluster.dataDirectory(1) + "/engine.socket"
        )
        #expect(why.status == 0)
        #expect(why.output.contains("raft: ready"))
    }

    @Test("the engine's impact, graph and timeline come as text, as JSON and as pictures in a file")
    func pictures() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let impact = try cluster.holdfast("engine", "impact", "raft")
        #expect(impact.status == 0)
        #expect(impact.output.contains("a bounce of raft stops"))
        #expect(impact.output.contains("stay up, with an empty handle meanwhile: apiserver"))
        #expect(try cluster.holdfast("engine", "impact", "nobody").errors.contains("nobody"))
        let file = "\(cluster.directory)/picture.svg"
        for arguments in [["graph"], ["timeline"], ["timeline", "--window", "30s"], ["timeline", "--window", "last"]] {
            let picture = try cluster.holdfast(["engine"] + arguments + ["--format", "svg", "--output", file])
            #expect(picture.status == 0)
            #expect(picture.output.isEmpty)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.hasPrefix("<svg "))
            #expect(text.hasSuffix("</svg>\n"))
        }
        let timeline = try cluster.holdfast("engine", "timeline", "--window", "whole", "--format", "json")
        let rows = try #require(try JSONValue.parse(Array(timeline.output.utf8))["rows"]?.array)
        #expect(rows.contains { $0["name"] == "raft" && $0["state"] == "ready" })
        #expect(try cluster.holdfast("engine", "timeline").output.contains("critical chain: "))
        #expect(try cluster.holdfast("engine", "timeline", "--window", "never").status == 64)
    }
}
