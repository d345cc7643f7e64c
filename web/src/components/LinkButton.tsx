import { createLink } from '@tanstack/react-router'
import { Button } from 'antd'

/** A link of the application that looks like a button; it is an <a>, so it opens in a tab too. */
export const LinkButton = createLink(Button)
