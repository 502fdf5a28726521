import Documents
import Quantities

/// How requests find their replica: who waits for how long depends on it.
public enum Balancing: String, CaseIterable, Hashable, Sendable {
  /// All replicas take from one line: the best that any balancer can do (a queue that workers pull from).
  case shared = "shared line"
  /// Each request goes to a replica by chance or in turn, whatever waits there: what kube-proxy, DNS and plain round
  /// robin do. Each replica is a queue of its own.
  case random = "random split"
  /// Each request goes to the replica with the fewest requests, and stays there.
  case leastConnections = "least connections"

  /// What a plan takes that does not say: the balancer that most services have without asking for another.
  public static let usual = Balancing.random

  public static let schema = Schema.choice(allCases.map(\.rawValue))
}
