import NIOCore

extension RPCEnvelope {
    /// Reads one message.
    ///
    /// The envelope's members are read one by one as they come, so that a message that goes wrong in its parameters can
    /// still be answered. Members nobody knows are checked and skipped.
    ///
    /// - Parameter direct: offered the bytes of parameters that are a message's last member, once the call is known;
    ///   says whether it has read them. They are left out of the request then, and must be an object and nothing else.
    static func parse(
        _ buffer: ByteBuffer,
        limits: JSONLimits,
        direct: DirectReading? = nil
    ) throws(RPCEnvelopeError) -> RPCEnvelope {
        let result: Result<RPCEnvelope, RPCEnvelopeError> = buffer.withUnsafeReadableBytes { bytes in
            var reader = Reader()
            return Result { () throws(JSONError) in
                try reader.read(bytes.assumingMemoryBound(to: UInt8.self), limits: limits, direct: direct)
            }.mapError { RPCEnvelopeError(id: reader.id == 0 ? nil : reader.id, spelling: reader.spelling, cause: $0) }
        }
        return try result.get()
    }

    /// Reads parameters from their bytes, or declines.
    typealias DirectReading = (_ facade: String, _ version: Int, _ method: String, UnsafeBufferPointer<UInt8>) -> Bool

    /// The members of an envelope, under both their spellings.
    private enum Field: Int {
        case id, facade, version, entity, method, params, response, error, errorCode, errorInfo

        init?(_ key: String) {
            switch key {
            case "request-id", "RequestId": self = .id
            case "type", "Type": self = .facade
            case "version", "Version": self = .version
            case "id", "Id": self = .entity
            case "request", "Request": self = .method
            case "params", "Params": self = .params
            case "response", "Response": self = .response
            case "error", "Error": self = .error
            case "error-code", "ErrorCode": self = .errorCode
            case "error-info", "ErrorInfo": self = .errorInfo
            default: return nil
            }
        }
    }

    private struct Reader {
        var id: UInt64 = 0
        var spelling = RPCSpelling.kebab
        private var seen: UInt16 = 0
        private var facade = ""
        private var version = 0
        private var entity = ""
        private var method = ""
        private var params = JSONValue.object([:])
        private var response = JSONValue.object([:])
        private var error = ""
        private var errorCode = ""
        private var errorInfo: JSONValue?
        /// The first member of the wrong kind; told only once the whole message is read, when the id is known.
        private var problem: JSONError?

        mutating func read(
            _ bytes: UnsafeBufferPointer<UInt8>,
            limits: JSONLimits,
            direct: DirectReading?
        ) throws(JSONError) -> RPCEnvelope {
            var parser = try JSONParser(bytes, limits: limits)
            if try parser.startObject() {
                repeat {
                    let (key, offset) = try parser.parseKey()
                    if let direct, self.readDirectly(key, &parser, direct) { continue }
                    try self.readMember(key, at: offset, &parser)
                } while try !parser.endsObject()
            }
            try parser.expectEnd()
            if let problem = self.problem { throw problem }
            guard self.id > 0 else {
                throw JSONError(.wrongKind(member: "request-id", expected: "an integer of at least 1"), at: 0)
            }
            return RPCEnvelope(content: self.content, spelling: self.spelling)
        }

        private var content: Content {
            guard self.facade.isEmpty, self.method.isEmpty else {
                return .request(
                    RPCRequest(
                        id: self.id,
                        facade: self.facade,
                        version: self.version,
                        entity: self.entity,
                        method: self.method,
                        params: self.params
                    )
                )
            }
            guard self.error.isEmpty, self.errorCode.isEmpty else {
                let failure = RPCFailure(code: self.errorCode, message: self.error, info: self.errorInfo)
                return .response(RPCResponse(id: self.id, result: .failure(failure)))
            }
            return .response(RPCResponse(id: self.id, result: .success(self.response)))
        }

        /// Offers the rest of the message, but for its closing brace, as the parameters.
        ///
        /// More members behind them would be bytes the parameters do not have, so that `direct` declines.
        private mutating func readDirectly(_ key: String, _ parser: inout JSONParser, _ direct: DirectReading) -> Bool {
            guard Field(key) == .params, self.seen & Self.neededForDirect == Self.neededForDirect,
                self.seen & (1 << Field.params.rawValue) == 0, self.id > 0, self.problem == nil
            else { return false }
            guard let parameters = parser.restOfObject, direct(self.facade, self.version, self.method, parameters)
            else { return false }
            self.seen |= 1 << Field.params.rawValue
            parser.skip(parameters.count)
            return true
        }

        private static let neededForDirect: UInt16 =
            1 << Field.id.rawValue | 1 << Field.facade.rawValue | 1 << Field.version.rawValue
            | 1 << Field.method.rawValue

        private mutating func readMember(
            _ key: String,
            at offset: Int,
            _ parser: inout JSONParser
        ) throws(JSONError) {
            let value = try parser.parseValue()
            guard let field = Field(key) else { return }
            guard self.seen & (1 << field.rawValue) == 0 else { throw JSONError(.duplicateKey(key), at: offset) }
            self.seen |= 1 << field.rawValue
            if value.isNull { return }
            switch (field, value) {
            case (.id, .int(let id)) where id >= 0:
                self.id = UInt64(id)
                self.spelling = key == "RequestId" ? .camel : .kebab
            case (.facade, .string(let text)): self.facade = text
            case (.version, .int(let number)) where Int32(exactly: number) != nil: self.version = Int(number)
            case (.entity, .string(let text)): self.entity = text
            case (.method, .string(let text)): self.method = text
            case (.params, .object): self.params = value
            case (.response, .object): self.response = value
            case (.error, .string(let text)): self.error = text
            case (.errorCode, .string(let text)): self.errorCode = text
            case (.errorInfo, _): self.errorInfo = value
            default:
                let expected = Self.expected(field)
                self.problem = self.problem ?? JSONError(.wrongKind(member: key, expected: expected), at: offset)
            }
        }

        private static func expected(_ field: Field) -> String {
            switch field {
            case .id: "an integer of at least 1"
            case .version: "an integer of 32 bits"
            case .facade, .entity, .method, .error, .errorCode: "a string"
            case .params, .response, .errorInfo: "an object"
            }
        }
    }
}
