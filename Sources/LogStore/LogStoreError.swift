/// Why the log store cannot do what it was asked: what happened, and what a person can do about it.
///
/// Nothing was changed on disk by the call that threw it, unless the code is `writeFailed` or `diskFull`: there the
/// transaction may or may not be on disk, so the caller stops and starts again from what it finds.
package struct LogStoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; two errors are alike when their codes are.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The directory the file belongs in does not exist.
        case missingDirectory
        /// There is no log at the path.
        case missingFile
        /// There is one already where one was to be made.
        case alreadyExists
        /// The operating system does not let us read and write the file or its directory.
        case permission
        /// Another process has the file open.
        case inUse
        /// The file is another program's, or no database at all.
        case notALog
        /// The log belongs to another cluster.
        case otherCluster
        /// The log belongs to another controller of this cluster.
        case otherServer
        /// A newer version wrote it.
        case newerSchema
        /// What is on the disk is not what was written.
        case corrupt
        /// The disk has no room left.
        case diskFull
        /// A write or read failed.
        case writeFailed
        /// The caller asked for something that would leave a gap in the log.
        case invalidWrite
        /// The store is closed.
        case closed

        /// Whether trying again may help without anybody mending the file: a full disk or a busy file passes, a log of
        /// another cluster or a damaged one does not.
        package var mayPass: Bool {
            switch self {
            case .permission, .inUse, .diskFull, .writeFailed, .closed, .invalidWrite: true
            case .missingDirectory, .missingFile, .alreadyExists, .notALog, .otherCluster, .otherServer, .newerSchema,
                .corrupt:
                false
            }
        }
    }

    package var code: Code
    /// A sentence with the path and the remedy.
    package var message: String
    /// What the layer below said.
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String {
        guard let cause else { return self.message }
        return "\(self.message) (\(cause))"
    }
}
