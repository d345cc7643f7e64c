import enUS from 'antd/locale/en_US'
import './english'
import './english.css'
import { takeLocale } from './locale'

// What English takes at a desk: the dictionaries, and the words of the components.
takeLocale(enUS)
