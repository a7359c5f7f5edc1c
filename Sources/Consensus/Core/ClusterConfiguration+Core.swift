internal import CRaft

extension ClusterConfiguration {
    /// The configuration as the core wants it, every server a voter. Whoever gets it must close it or give it away.
    func makeCoreConfiguration() throws(RaftCoreError) -> raft_configuration {
        var configuration = raft_configuration()
        raft_configuration_init(&configuration)
        for server in self.servers {
            let result = raft_configuration_add(
                &configuration,
                server.id.rawValue,
                server.address,
                Int32(RAFT_VOTER)
            )
            guard result == 0 else {
                raft_configuration_close(&configuration)
                throw RaftCoreError(coreResult: result, detail: "", doing: "adding controller \(server.id)")
            }
        }
        return configuration
    }

    /// The bytes of a configuration entry as the core reads them.
    ///
    /// The core's decoder checks no bounds, so it only ever sees bytes its own encoder wrote.
    func encodedForCore() throws(RaftCoreError) -> [UInt8] {
        var configuration = try self.makeCoreConfiguration()
        defer { raft_configuration_close(&configuration) }
        var buffer = raft_buffer()
        let result = raft_configuration_encode(&configuration, &buffer)
        guard result == 0 else {
            throw RaftCoreError(coreResult: result, detail: "", doing: "encoding the configuration")
        }
        defer { raft_free(buffer.base) }
        return Array(UnsafeRawBufferPointer(start: buffer.base, count: buffer.len))
    }
}
