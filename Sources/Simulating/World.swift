import Scaling
import Serving
import Traffic

/// A world in which a workload meets a fleet under a policy and becomes an outcome: the one idea, in a protocol.
///
/// ``FluidWorld`` is the first: demand as a fluid. Worlds of single requests, of tokens and of failovers conform beside it.
/// A load test is the same sentence with a real service; it gives the same outcome, with what it cannot see left out.
public protocol World: Sendable {
  /// Lets a workload meet the world's fleet under a policy. The same inputs and seed give the same outcome.
  func run(_ workload: Workload, under policy: any ScalingPolicy) -> Outcome
}
