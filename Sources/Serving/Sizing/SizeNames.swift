import Catalogs
import Documents
import Synchronization

/// What names of a stream of questions mean: each is looked up once, since a stream says the same few again and again.
public final class SizeNames: Sendable {
  private struct Known {
    /// Names without a meaning too: the nearest of all names takes longer to find than an answer.
    var models: [String: Result<ModelArchitecture, Diagnostic>] = [:]
    var accelerators: [String: (Accelerator, Int?)] = [:]
    var precisions: [String: Precision?] = [:]
    var said: [String: Precision?] = [:]
  }

  private let catalog: Catalog
  /// Models of the user's own, by the name that they were given.
  private let own: [String: ModelArchitecture]
  private let known = Mutex(Known())
  /// Names beyond which those before are forgotten: a stream of ever new ones must not fill the memory.
  private static let most = 4096

  public init(_ catalog: Catalog = .builtIn, models: [String: ModelArchitecture] = [:]) {
    self.catalog = catalog
    own = models
  }

  func model(_ name: String) throws(Diagnostic) -> ModelArchitecture {
    if let found = known.withLock({ $0.models[name] }) { return try found.get() }
    let found: Result<ModelArchitecture, Diagnostic>
    do throws(Diagnostic) {
      if let mine = own[name] { found = .success(mine) } else { found = .success(try catalog.model(named: name)) }
    } catch { found = .failure(error) }
    known.withLock {
      if $0.models.count >= Self.most { $0.models.removeAll() }
      $0.models[name] = found
    }
    return try found.get()
  }

  func accelerator(_ name: String) throws(Diagnostic) -> (Accelerator, Int?) {
    if let found = known.withLock({ $0.accelerators[name] }) { return found }
    let found: (Accelerator, Int?)
    if let meant = catalog.accelerator(meantBy: name) {
      found = meant
    } else {
      found = (try catalog.accelerator(named: name), nil)
    }
    known.withLock {
      if $0.accelerators.count >= Self.most { $0.accelerators.removeAll() }
      $0.accelerators[name] = found
    }
    return found
  }

  func precision(_ word: String) -> Precision? {
    if let found = known.withLock({ $0.precisions[word] }) { return found }
    let found = Precision(word: word)
    known.withLock {
      if $0.precisions.count >= Self.most { $0.precisions.removeAll() }
      $0.precisions[word] = .some(found)
    }
    return found
  }

  func precision(saidBy name: String) -> Precision? {
    if let found = known.withLock({ $0.said[name] }) { return found }
    let found = Catalog.precision(saidBy: name)
    known.withLock {
      if $0.said.count >= Self.most { $0.said.removeAll() }
      $0.said[name] = .some(found)
    }
    return found
  }
}
