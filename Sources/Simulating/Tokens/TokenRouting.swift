import Quantities
import Serving

/// How a request to a language model finds its replica.
public enum TokenRouting: String, CaseIterable, Hashable, Sendable {
  case random
  case roundRobin = "round-robin"
  /// To the replica with the fewest requests that have no answer yet.
  case leastLoaded = "least-loaded"
  /// Of two drawn by chance, to the one with fewer.
  case powerOfTwo = "power-of-two"
  /// Where the fewest prompt tokens are to be worked on before its first token: those that wait there, and its own that the
  /// replica's prefix cache does not hold. A replica with many more requests than another is passed over.
  case prefixAware = "prefix-aware"
  /// The first block of the prompt chooses, or the session: the same one finds the same replica.
  case sticky

  /// The same for requests of any service.
  public init(_ balancing: Balancing) {
    self =
      switch balancing {
      case .random: .random
      case .roundRobin: .roundRobin
      // One line before all replicas comes to this, where each takes as many as it may.
      case .shared, .leastConnections: .leastLoaded
      case .powerOfTwo: .powerOfTwo
      case .consistentHash: .sticky
      }
  }

  /// Whether it looks at every replica.
  var looksAtAll: Bool { self == .leastLoaded || self == .prefixAware }
}
