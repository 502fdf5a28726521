import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Storing
import Traffic

/// Where the dashboard's plans come from: plan files, and plans that a store keeps with their traffic.
public struct PlanShelf: Sendable {
  public var files: [String]
  public var store: Store?
  public var options: PlanFile.Options
  public var seed: UInt64
  public var version: String
  /// Whether plans of the store ask their sources again, where these can be reached, in place of the traffic that was kept.
  public var asksSources = false

  public init(files: [String], store: Store?, options: PlanFile.Options, seed: UInt64, version: String) {
    self.files = files
    self.store = store
    self.options = options
    self.seed = seed
    self.version = version
  }

  /// A plan that is read, or why it is not.
  private struct Candidate: Sendable {
    var file: String
    var loaded: LoadedPlan
  }

  /// Loads and answers everything; what fails is told by name and keeps nothing else from being answered.
  ///
  /// - Parameter progress: is told how many of how many plans are answered.
  public func board(workers: any Workers, now: Timestamp, progress: @escaping @Sendable (Int, Int) -> Void) -> Board {
    var faults: [BoardReport.Fault] = []
    var candidates: [Candidate] = []
    var options = options
    if !options.isNowGiven { options.now = now }
    for file in files {
      do {
        candidates += try PlanFile(path: file, options).services.map { Candidate(file: file, loaded: $0) }
      } catch {
        faults.append(BoardReport.Fault(name: file, problem: Self.sentence(error)))
      }
    }
    let named = Set(candidates.map { $0.loaded.plan.name })
    do {
      for plan in try store?.plans() ?? [] where !named.contains(plan.name) {
        do {
          candidates += [try kept(plan, options)]
        } catch {
          faults.append(BoardReport.Fault(name: plan.name, problem: Self.sentence(error)))
        }
      }
    } catch {
      faults.append(BoardReport.Fault(name: "the store", problem: Self.sentence(error)))
    }
    let all = candidates
    let seed = seed
    let counter = Counter()
    let answers = workers.map(all.count) { i -> Result<PlanOutcome, PlanningError> in
      defer { progress(counter.next(), all.count) }
      do throws(PlanningError) { return .success(try all[i].loaded.outcome(seed: seed)) } catch {
        return .failure(error)
      }
    }
    var services: [ServiceEntry] = []
    var taken: Set<String> = []
    for (candidate, answer) in zip(all, answers) {
      let plain = candidate.loaded.plan.name
      switch answer {
      case .failure(let error): faults.append(BoardReport.Fault(name: plain, problem: Self.sentence(error)))
      case .success(let outcome):
        var name = plain.isEmpty ? candidate.file : plain
        if taken.contains(name) { name += " (\(candidate.file))" }
        var number = 2
        let base = name
        while !taken.insert(name).inserted {
          name = "\(base) \(number)"
          number += 1
        }
        services.append(
          ServiceEntry(
            name: name, outcome: outcome, provenance: provenance(candidate), seed: seed,
            text: String(decoding: candidate.loaded.text, as: UTF8.self)))
      }
    }
    return Board(services, faults: faults, made: now)
  }

  private func provenance(_ candidate: Candidate) -> Provenance {
    var words = ["headroom", "plan", candidate.file]
    if let service = candidate.loaded.service { words += ["--service", service] }
    if options.isNowGiven { words += ["--now", options.now.iso8601] }
    if seed > 1 { words += ["--seed", "\(seed)"] }
    let isFile = !candidate.file.isEmpty
    return Provenance(
      version: version, seed: seed, file: candidate.file, command: isFile ? ShellWord.command(words) : "")
  }

  /// A plan of the store with the traffic that was kept with it.
  private func kept(_ plan: StoredPlan, _ options: PlanFile.Options) throws -> Candidate {
    let text = Array(plan.document.utf8)
    var options = options
    let document = try PlanFormat.standard.read(document: text, file: plan.name)
    // Of several services each was kept by its own name with the whole file.
    if document.isOfSeveral { options.service = plan.name }
    if asksSources, let fresh = try? PlanFile(kept: text, title: plan.name, options, traces: { _, _ in nil }),
      let only = fresh.services.first
    {
      return Candidate(file: "", loaded: only)
    }
    let store = store
    let file = try PlanFile(kept: text, title: plan.name, options) { name, zone in
      do throws(StoringError) {
        return try store?.loadTrace(name).trace(zone: zone)
      } catch {
        if error.code == .notFound { return nil }
        throw error
      }
    }
    guard let only = file.services.first else {
      throw StoringError(.notFound, "the kept plan '\(plan.name)' holds no service", remedy: "keep it again")
    }
    return Candidate(file: "", loaded: only)
  }

  private static func sentence(_ error: any Error) -> String {
    if let diagnostics = error as? Diagnostics {
      let first = diagnostics.all.first { $0.severity == .error }.map { "\($0)" } ?? "it cannot be read"
      let more = diagnostics.all.filter { $0.severity == .error }.count - 1
      return first + (more > 0 ? " (and \(more) more; 'headroom plan' tells all)" : "")
    }
    return "\(error)"
  }
}
