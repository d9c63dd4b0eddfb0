/** The session of the front page: commands, in the order in which the terminal shows them. */

export interface Session {
  /** Starts the service. It runs until the end of the session. */
  service: string
  commands: readonly string[]
}

/** A command is a line of bash, at most 58 characters. Variables that one sets are there for the next ones. */
export const session: Session = {
  service: 'REPOSITORY_DELAY_MS=300 npm run dev', // a slow database
  commands: [
    'url=http://127.0.0.1:3000/api/user/user_001',
    `show='%{http_code} in %{time_total} s, %header{cache-status}\\n'`,
    'curl -so /dev/null -w "$show" --etag-save tag $url',
    'curl -so /dev/null -w "$show" $url',
    'curl -so /dev/null -w "$show" --etag-compare tag $url',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash expands it
    'yes ${url%1}2 | head -300 | xargs curl -sZ > /dev/null',
    `curl -s 127.0.0.1:3000/metrics | grep -E '^cache_(hits_|loads_.*ok)'`,
  ],
}
