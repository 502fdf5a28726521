import Quantities
import Wire

extension LoadTarget {
  /// Connects once to each of the target's addresses, until one takes the connection.
  /// - Throws: `unreachable` where none does within a while, so that a test of a dead service ends at once.
  public func checkReachable(within timeout: Duration = .seconds(5)) throws(LoadTestingError) {
    for endpoint in [endpoint] + otherEndpoints {
      // What this machine itself lacks is the test's to tell.
      guard let stream = Stream.connecting(to: endpoint) else {
        if OwnLimit.ofSystem() != nil { return }
        continue
      }
      defer { stream.end() }
      let poller: Poller
      do throws(WireError) { poller = try Poller(capacity: 1) } catch { return }
      guard poller.add(stream, token: 0) else { return }
      let end = Monotonic.now() &+ timeout.nanoseconds
      while Monotonic.now() < end {
        guard poller.wait(nanoseconds: min(100_000_000, max(0, end &- Monotonic.now()))) > 0 else { continue }
        if stream.connectFailure() == nil { return }
        break
      }
    }
    throw unreachable
  }

  var unreachable: LoadTestingError {
    LoadTestingError(
      .unreachable, "nobody answers at \(endpoint)", remedy: "start the service, or check the address")
  }

  /// Where the target's first answer leads, one request and no more: an absolute address; nil where it leads nowhere
  /// else, or nobody answers in time. Over HTTP/1.1.
  public func redirection(within timeout: Duration = .seconds(10)) -> String? {
    guard language == .http1, let request = requests.classes.first?.requests.first,
      let stream = Stream.connecting(to: endpoint)
    else { return nil }
    defer { stream.end() }
    let poller: Poller
    do throws(WireError) { poller = try Poller(capacity: 1) } catch { return nil }
    guard poller.add(stream, token: 0) else { return nil }
    let end = Monotonic.now() &+ timeout.nanoseconds
    func waits() -> Bool {
      let left = end &- Monotonic.now()
      _ = poller.wait(nanoseconds: min(20_000_000, max(0, left)))
      return left > 0
    }
    var session: SecureSession?
    defer { session?.end() }
    guard waits(), stream.connectFailure() == nil else { return nil }
    if let security {
      do throws(WireError) { session = try SecureContext(security).session(over: stream) } catch { return nil }
      while let session {
        let step = session.shakeHands()
        if case .bytes = step { break }
        guard case .wait = step, waits() else { return nil }
      }
      guard session != nil else { return nil }
    }
    var sent = 0
    while sent < request.bytes.count {
      let step = request.bytes[sent...].withUnsafeBufferPointer { part -> Transfer in
        guard let base = part.baseAddress else { return .end }
        return session?.write(base, part.count) ?? stream.write(base, part.count)
      }
      if case .bytes(let count) = step {
        sent += count
      } else {
        guard case .wait = step, waits() else { return nil }
      }
    }
    var head: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while head.count < 65_536, !Self.hasEnd(head) {
      let step = buffer.withUnsafeMutableBufferPointer { part -> Transfer in
        guard let base = part.baseAddress else { return .end }
        return session?.read(into: base, part.count) ?? stream.read(into: base, part.count)
      }
      if case .bytes(let count) = step {
        head += buffer[..<count]
      } else {
        guard case .wait = step, waits() else { return nil }
      }
    }
    return Self.location(of: head).map { absolute($0) }
  }

  private static func hasEnd(_ head: [UInt8]) -> Bool {
    head.count >= 4 && (3..<head.count).contains { head[$0] == 10 && head[$0 - 1] == 13 && head[$0 - 2] == 10 }
  }

  /// The field `Location` of an answer with a status of 301, 302, 303, 307 or 308.
  static func location(of head: [UInt8]) -> String? {
    let lines = head.split(separator: 10, omittingEmptySubsequences: false)
      .map { String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self) }
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count > 1, [301, 302, 303, 307, 308].contains(Int(words[1]) ?? 0) else { return nil }
    for line in lines.dropFirst() {
      if line.isEmpty { return nil }
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "location" else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      return value.isEmpty ? nil : String(value)
    }
    return nil
  }

  /// A reference as seen from this target (RFC 3986, 5.2, as far as redirects need it).
  func absolute(_ reference: String) -> String {
    if reference.contains("://") { return reference }
    let scheme = security == nil ? "http" : "https"
    if reference.hasPrefix("//") { return scheme + ":" + reference }
    let base = scheme + "://" + authority
    if reference.hasPrefix("/") { return base + reference }
    let folder = path.split(separator: "?").first.map(String.init) ?? "/"
    if reference.hasPrefix("?") { return base + folder + reference }
    return base + (folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? "/") + reference
  }
}
