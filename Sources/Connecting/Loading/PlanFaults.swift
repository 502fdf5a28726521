import Documents
import Quantities

/// What is wrong with a plan and everything that it names, gathered so that all of it is told in one run.
struct PlanFaults {
  /// What has a place in a document.
  var found: Diagnostics
  /// Errors of the world, as they were thrown: a file that is not there, a server that does not answer.
  private var thrownErrors: [any Error] = []

  init(_ faults: Diagnostics, _ warnings: Diagnostics) { found = Diagnostics(faults.all + warnings.all) }

  var isSound: Bool { !found.hasErrors && thrownErrors.isEmpty }

  /// The value of `body`, or nil where it fails, which is then kept.
  mutating func catching<Value>(at place: SourceLocation?, path: String, _ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch let error as Diagnostics {
      found.merge(error)
    } catch let error as DocumentError {
      keep(error, "\(error.problem)", error.remedy, place, path)
    } catch let error as ConnectingError {
      keep(error, "\(error.problem)", error.remedy, place, path)
    } catch {
      keep(error, "\(error)", "", place, path)
    }
    return nil
  }

  private mutating func keep(
    _ error: any Error, _ problem: String, _ remedy: String, _ place: SourceLocation?, _ path: String
  ) {
    thrownErrors.append(error)
    // Its sentence without the full stop, as diagnostics are told.
    let message = problem.hasSuffix(".") ? String(problem.dropLast()) : problem
    found.append(.error(message, at: place, path: path, help: remedy.isEmpty ? nil : remedy))
  }

  /// Of two errors on one value, of which the second says no more than the first, the fuller one: the shape of the file and
  /// the reader of the value may both have seen that it is not there.
  private static func once(_ all: Diagnostics) -> Diagnostics {
    Diagnostics(
      all.all.filter { one in
        !all.all.contains { other in
          other.path != nil && other.path == one.path && other.message.count > one.message.count
            && other.message.hasPrefix(one.message)
        }
      })
  }

  /// - Returns: the warnings, where nothing is wrong.
  /// - Throws: the one error where one is all there is, with the exit code of its kind; else every diagnostic, each once.
  func thrown() throws -> Diagnostics {
    let told = Self.once(found.unique())
    guard told.hasErrors else { return told }
    if thrownErrors.count == 1, told.all.filter({ $0.severity == .error }).count == 1 { throw thrownErrors[0] }
    throw told.sorted()
  }
}
