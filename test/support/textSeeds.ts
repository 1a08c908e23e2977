/**
 * Beginnings of what the patterns of redaction look for, so that repeated they make a pattern try again and again.
 * SDK and relay have rules of their own, and are given the same.
 */
export const textSeeds = [
  `a|1|1 |@|a@|a@a.|%40|a%40a.|eyJ|-eyJaaaaaaaa|eyJaaaaaaaa.|bearer |bearer a|basic |://|a://|a://b|?token=`,
  `?a=|?|1-| |4111 |A.|-----BEGIN |-----BEGIN A |-----BEGIN PRIVATE KEY-----|ghp_|xoxb-|SG.a|AKIA|sk-`,
  `GB82 WEST|DE89|AB12 |123-|1.|1:|::|:a|a:|Mozilla/5.0 (|Mozilla/5.0 () a/1 |Mozilla/5.0 () Mobile|a1.1.1.1`,
  `\u7dda|-----BEGIN PRIVATE KEY|://a?q=O|://a?'b|hero@3x.|@3x.min.|a@a.min.js|data:|data:a/b|data:a/b,`,
  `://a@|://?|://#|?a&|:1|):1|-`,
].flatMap(line => line.split('|'))

/** Beginnings of a secret's name and its value. */
export const pairSeeds = [
  `a=|a: |: |":|':|'|"|\\|key |key: |: token |pass: 1|tokens=1 |token=|token: |token:"|token:'|token: (`,
  `token: a|token: ----|token: a=b; |token: a1; a|token=a,|token="a",|"token":|"token":"|"token":[`,
  `\\"token\\":\\"|token: -(token=-&|token = |token = a|token  =  |= | = |%3D|token%3D|%3Ftoken%253D`,
  `password:|password:a|Authorization: |Authorization: a |Authorization: a="|"Authorization: \\`,
  `'Authorization:a|secret:a.|"a":|'b|Authorization: Token |Cookie: a=b|\\"|=|==`,
].flatMap(line => line.split('|'))
