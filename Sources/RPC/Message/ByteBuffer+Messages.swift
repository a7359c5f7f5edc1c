import NIOCore

extension ByteBuffer {
    /// Appends the message that asks `request`; empty parts are left out.
    mutating func writeMessage(_ request: RPCRequest) {
        self.writeStaticString("{\"request-id\":")
        self.writeDecimal(request.id)
        self.writeStaticString(",\"type\":")
        self.writeJSON(request.facade)
        self.writeStaticString(",\"version\":")
        self.writeDecimal(Int64(request.version))
        if !request.entity.isEmpty {
            self.writeStaticString(",\"id\":")
            self.writeJSON(request.entity)
        }
        self.writeStaticString(",\"request\":")
        self.writeJSON(request.method)
        self.writeStaticString(",\"params\":")
        self.writeJSON(request.params)
        self.writeStaticString("}")
    }

    /// Appends the message that answers request `id`; a failure carries an empty response beside its error.
    mutating func writeMessage(
        answering id: UInt64,
        with result: Result<RPCAnswer, RPCFailure>,
        spelling: RPCSpelling
    ) {
        let isKebab = spelling == .kebab
        self.writeStaticString(isKebab ? "{\"request-id\":" : "{\"RequestId\":")
        self.writeDecimal(id)
        switch result {
        case .success(let answer):
            self.writeStaticString(isKebab ? ",\"response\":" : ",\"Response\":")
            switch answer {
            case .value(let value): self.writeJSON(value.isNull ? [:] : value)
            case .writing(let write): write(&self)
            }
        case .failure(let failure):
            self.writeStaticString(isKebab ? ",\"error\":" : ",\"Error\":")
            // A client takes an empty error for success.
            self.writeJSON(failure.message.isEmpty && failure.code.isEmpty ? "unknown error" : failure.message)
            if !failure.code.isEmpty {
                self.writeStaticString(isKebab ? ",\"error-code\":" : ",\"ErrorCode\":")
                self.writeJSON(failure.code)
            }
            if let info = failure.info {
                self.writeStaticString(isKebab ? ",\"error-info\":" : ",\"ErrorInfo\":")
                self.writeJSON(info)
            }
            self.writeStaticString(isKebab ? ",\"response\":{}" : ",\"Response\":{}")
        }
        self.writeStaticString("}")
    }
}
