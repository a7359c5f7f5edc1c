import NIOCore

/// The dialler's end of a connection: it only sends, and hears whether it is welcome.
final class DialledPeerHandler: ChannelInboundHandler {
    typealias InboundIn = PeerFrame

    private let link: PeerLink
    private static let longestSentence = 1024

    init(link: PeerLink) { self.link = link }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        switch frame.kind {
        case .welcome: self.link.welcomed()
        case .refusal:
            self.link.refused(
                String(decoding: frame.payload.readableBytesView.prefix(Self.longestSentence), as: UTF8.self)
            )
        case .hello, .message, .snapshotStart, .snapshotPart: context.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.link.writabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
