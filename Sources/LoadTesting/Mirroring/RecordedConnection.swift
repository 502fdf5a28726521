/// A connection's bytes as they passed in both directions, looked at once more without sockets: for fuzzing, which plays clients
/// and services that do as they like.
package struct RecordedConnection {
  /// What one side sent at once.
  package struct Piece {
    var isFromClient: Bool
    var bytes: [UInt8]

    package init(isFromClient: Bool, bytes: [UInt8]) {
      self.isFromClient = isFromClient
      self.bytes = bytes
    }
  }

  /// What the mirror's books say once the connection is over and the second service has answered all that it was given.
  package let result: MirrorResult
  /// Bytes of copies that nobody waits for and that are held all the same: 0, or a leak.
  package let bytesHeld: Int

  package init(_ pieces: [Piece]) {
    let ledger = MirrorLedger(share: 1)
    var observer = MirrorObserver()
    ledger.connectionOpened()
    for (time, piece) in pieces.enumerated() {
      piece.bytes.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
        if piece.isFromClient {
          observer.clientSent(base, buffer.count, Int64(time), ledger)
        } else {
          observer.serviceSent(base, buffer.count, Int64(time), ledger)
        }
      }
    }
    observer.serviceEnded(Int64(pieces.count), ledger)
    observer.connectionEnded(ledger)
    while let request = ledger.next() { ledger.shadowAnswered(request, status: 200, latency: 1) }
    result = ledger.report()
    bytesHeld = ledger.bytesHeld
  }
}
