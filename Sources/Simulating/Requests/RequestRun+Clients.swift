import Glibc
import Quantities

extension RequestRun {
  /// An attempt has come to nothing, as its client sees it: the client tries again, or gives up.
  mutating func failAttempt(_ attempt: Int) {
    let request = Int(attempts[attempt].request)
    guard requests[request].progress == .open, !attempts[attempt].isAbandoned else { return }
    attempts[attempt].isAbandoned = true
    requests[request].live -= 1
    tryAgain(request)
    if requests[request].live == 0, !requests[request].isRetrying { close(request, .failed) }
  }

  private mutating func tryAgain(_ request: Int) {
    let state = requests[request]
    let clients = world.clients
    guard Int(state.made) < clients.attempts, !state.isRetrying else { return }
    let longest = min(
      clients.backoff.seconds * scalbn(1, Int32(max(0, Int(state.made) - 1))), clients.longestBackoff.seconds)
    let wait = clients.hasJitter ? forClients.uniform() * longest : longest
    guard now + wait < state.arrival + deadlineSeconds else { return }
    guard spendToken() else { return }
    requests[request].isRetrying = true
    push(.retry, subject: Int32(request), generation: state.generation, at: now + wait)
  }

  private mutating func spendToken() -> Bool {
    guard world.clients.budget != nil else { return true }
    guard tokens >= 1 else {
      record.overBudget += 1
      return false
    }
    tokens -= 1
    return true
  }

  mutating func retry(_ event: Event) {
    let request = Int(event.subject)
    guard requests[request].generation == event.generation else { return }
    requests[request].isRetrying = false
    guard requests[request].progress == .open else { return releaseRequest(request) }
    record.retries += 1
    send(request)
  }

  mutating func timeOut(_ event: Event) {
    let attempt = Int(event.subject)
    guard attempts[attempt].generation == event.generation, !attempts[attempt].isAbandoned,
      requests[Int(attempts[attempt].request)].progress == .open
    else { return }
    record.timedOut += 1
    if world.clients.cancels, attempts[attempt].stage == .waiting { leaveLine(attempt) }
    failAttempt(attempt)
  }

  /// The line lets an attempt go that has waited too long.
  mutating func expire(_ event: Event) {
    let attempt = Int(event.subject)
    guard attempts[attempt].generation == event.generation, attempts[attempt].stage == .waiting else { return }
    record.expired += 1
    leaveLine(attempt)
    failAttempt(attempt)
  }

  mutating func passDeadline(_ event: Event) {
    let request = Int(event.subject)
    guard requests[request].generation == event.generation, requests[request].progress == .open else { return }
    close(request, .failed)
  }

  mutating func hedge(_ event: Event) {
    let request = Int(event.subject)
    guard requests[request].generation == event.generation, requests[request].progress == .open,
      requests[request].live > 0, spendToken()
    else { return }
    record.hedges += 1
    send(request)
    // A hedge is no retry: it takes none of the attempts.
    requests[request].made -= 1
  }

  /// Nobody waits any longer for the attempts of a request that is closed.
  mutating func abandonAttempts(of request: Int) {
    var at = requests[request].firstAttempt
    while at >= 0 {
      let attempt = Int(at)
      at = attempts[attempt].sibling
      guard !attempts[attempt].isAbandoned else { continue }
      attempts[attempt].isAbandoned = true
      requests[request].live -= 1
      if world.clients.cancels, attempts[attempt].stage == .waiting { leaveLine(attempt) }
    }
  }
}
