/**
 * Refusals by their code. A code that is not here is shown in the words of the cloud,
 * which are always there.
 */
import { section } from './section.ts'

export const problemTitle = section({
  en: {
    'client.unreachable': 'The cloud could not be reached',
    'client.unexpected-answer': 'The cloud answered in a form this page does not know',
    'client.cloud-failed': 'The cloud failed to answer',
    'client.refused': 'The cloud refused the request',
    'session.wrong-credentials': 'The address or the password is wrong',
    'session.too-many-attempts': 'Too many attempts to sign in to this account',
    'policy.unreadable': 'This policy cannot be read',
    'policy.no-file': 'The file cannot be read',
  },
  zh: {
    'client.unreachable': '无法连接云端',
    'client.unexpected-answer': '云端的回答格式本页无法识别',
    'client.cloud-failed': '云端未能作答',
    'client.refused': '云端拒绝了请求',
    'session.wrong-credentials': '邮箱或密码不正确',
    'session.too-many-attempts': '该账户登录尝试次数过多',
    'policy.unreadable': '无法读取该信任策略',
    'policy.no-file': '无法读取该文件',
  },
})

export const problemNext = section({
  en: {
    'client.unreachable': 'Check the network connection and try again.',
    'client.unexpected-answer':
      'Reload the page; if it stays so, the page and the cloud are of different versions.',
    'client.cloud-failed': 'Try again in a moment.',
    'client.refused': 'Reload the page and try again.',
    'session.wrong-credentials': 'Check both and try again.',
    'session.too-many-attempts': 'Wait a minute and try again.',
    'policy.unreadable': 'Compare it line by line with the policy you were given.',
    'policy.no-file': 'Choose a text file of at most 64 KB.',
  },
  zh: {
    'client.unreachable': '请检查网络连接后重试。',
    'client.unexpected-answer': '请重新加载；如仍如此，说明页面与云端版本不一致。',
    'client.cloud-failed': '请稍后重试。',
    'client.refused': '请重新加载后重试。',
    'session.wrong-credentials': '请检查后重试。',
    'session.too-many-attempts': '请等待一分钟后重试。',
    'policy.unreadable': '请与您收到的信任策略逐行比对。',
    'policy.no-file': '请选择不超过 64 KB 的文本文件。',
  },
})
