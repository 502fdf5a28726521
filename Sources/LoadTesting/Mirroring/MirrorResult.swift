import Quantities

/// What passed through a mirror, and how the second service answered beside the first.
public struct MirrorResult: Sendable, Equatable {
  public var duration = Duration.zero
  /// Clients' connections; those that spoke something else than HTTP/1.1, or went over to it, passed unseen from there.
  public var connections = 0
  public var opaqueConnections = 0
  /// Clients that were told 502 because the first service took no connection.
  public var refused = 0
  /// Requests seen; those that the first service answered, and those whose connection ended before.
  public var requests = 0
  public var answered = 0
  public var unanswered = 0
  public var bytesFromClients = 0
  public var bytesFromService = 0
  /// The first service's responses by status.
  public var statuses: [Int: Int] = [:]
  /// Of the first service: from the request's last byte to the response's, as the mirror saw them pass.
  public var latency = LatencySpectrum(seconds: [])

  /// Requests that the share chose for the second service, and those that were sent to it.
  public var chosen = 0
  public var mirrored = 0
  /// Chosen and not sent: because the second service lagged, because they were too large to hold, because they may
  /// change something, because they were not whole or turned into another protocol.
  public var droppedBehind = 0
  public var droppedTooLarge = 0
  public var droppedUnsafe = 0
  public var droppedIncomplete = 0
  /// Still waiting when the mirror ended.
  public var waiting = 0
  public var dropped: Int { droppedBehind + droppedTooLarge + droppedUnsafe + droppedIncomplete }

  public var shadowAnswered = 0
  public var shadowErrors = LoadErrors()
  /// Requests that both answered; of those, with another status.
  public var compared = 0
  public var otherStatus = 0
  public var statusPairs: [ShadowComparison.StatusPair: Int] = [:]
  public var onlyFirst = 0
  public var onlyShadow = 0
  /// Of the requests that both answered.
  public var firstLatency = LatencySpectrum(seconds: [])
  public var shadowLatency = LatencySpectrum(seconds: [])
  /// Seconds that the second took longer, request by request; negative where it was faster.
  public var slowerP50: Double?
  public var slowerP95: Double?
  public var slowerP99: Double?

  public init() {}
  /// Whether the second answered everything as the first did.
  public var isSame: Bool { otherStatus == 0 && onlyFirst == 0 && onlyShadow == 0 }
}

/// A second of a mirror's life, for whoever watches.
public struct MirrorSecond: Sendable {
  public var second: Int
  public var requests: Int
  public var mirrored: Int
  public var dropped: Int
  public var connections: Int
  public var waiting: Int
}
