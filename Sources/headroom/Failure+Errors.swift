import Connecting
import Dashboard
import Documents
import LoadTesting
import Optimizing
import Planning
import Scaling
import Serving
import Storing
import Terminal
import Training

extension Failure {
  /// What to tell about an error of the rooms below, and the exit code that scripts see.
  static func explaining(_ error: any Error) -> Failure? {
    switch error {
    case let failure as Failure: failure
    case let diagnostics as Diagnostics where diagnostics.isEmpty:
      Failure(
        "The input cannot be used, and nothing says why: please report it with the command.", exitCode: .badInput)
    case let diagnostics as Diagnostics:
      Failure(diagnostics.all.map { "\($0)" }, exitCode: .badInput)
    case let diagnostic as Diagnostic: Failure("\(diagnostic)", exitCode: .badInput)
    case let error as DocumentError: Failure("\(error)", exitCode: code(error))
    case let error as PlanningError: Failure("\(error)", exitCode: .badInput)
    case let error as TrainingError: Failure("\(error)", exitCode: .badInput)
    case let error as ConnectingError:
      Failure("\(error)", exitCode: error.code == .notAllowed ? .badInput : .unavailable)
    case let error as LoadTestingError: Failure("\(error)", exitCode: code(error))
    case let error as OptimizingError: Failure("\(error)", exitCode: .unavailable)
    case let error as DashboardError:
      Failure("\(error)", exitCode: error.code == .badAddress || error.code == .unguarded ? .usage : .worldFailed)
    case let error as StoringError: Failure("\(error)", exitCode: .worldFailed)
    default: nil
    }
  }

  /// A setting that cannot be is the command line's; a service that is not there is the world's.
  private static func code(_ error: LoadTestingError) -> ExitCode {
    switch error.code {
    case .unreachable: .unavailable
    case .exhausted: .worldFailed
    default: .usage
    }
  }

  /// A document that is not what it should be is bad input; a disk that fails is the world's.
  private static func code(_ error: DocumentError) -> ExitCode {
    switch error.code {
    case .diskFull, .system: .worldFailed
    default: .badInput
    }
  }
}
